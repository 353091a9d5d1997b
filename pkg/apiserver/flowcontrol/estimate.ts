/** How many seats a request takes: lists by the bytes they read, writes by the watchers that must be told. */
import { isTrue } from '../request-info.ts'
import type { RequestInfo } from '../types.ts'

export interface WorkEstimate {
  readonly initialSeats: number
  /** Held for `additionalLatencyMs` after the answer, while watchers are told. */
  readonly finalSeats: number
  readonly additionalLatencyMs: number
}

/** What is known of a resource; undefined: nothing, it is not stored here. */
export interface ResourceFacts {
  readonly objects: number
  averageBytes(): number
  readonly watchers: number
}

const oneSeat: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 }
const maxListSeats = 100
const maxMutatingSeats = 10
const bytesPerSeat = 100_000
/** Lists are streamed from the cache: more than this is never in memory for one of them. */
const maxStreamedBytes = 1_000_000
const watchesPerSeat = 10
const eventLatencyMs = 5

/** `maxSeats`: the widest a request may be at its priority level. */
export function estimateWork(
  info: RequestInfo,
  query: URLSearchParams,
  facts: (info: RequestInfo) => ResourceFacts | undefined,
  maxSeats: number,
): WorkEstimate {
  switch (info.verb) {
    case 'list':
      return listWork(info, query, facts, maxSeats)
    case 'watch': {
      const version = query.get('resourceVersion') ?? ''
      const startsWithAll = isTrueParameter(query, 'sendInitialEvents') || version === '' || version === '0'
      return startsWithAll ? listWork(info, query, facts, maxSeats) : oneSeat
    }
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return mutatingWork(info, facts, maxSeats)
    default:
      return oneSeat
  }
}

function isTrueParameter(query: URLSearchParams, name: string): boolean {
  return query.has(name) && isTrue(query.get(name))
}

function listWork(info: RequestInfo, query: URLSearchParams, facts: Parameters<typeof estimateWork>[2], maxSeats: number): WorkEstimate {
  const known = facts(info)
  if (!known || known.objects === 0) return oneSeat
  const limit = Number(query.get('limit') ?? 0)
  const limited = limit > 0 ? Math.min(limit, known.objects) : known.objects
  const bytes = Math.min((info.name !== '' ? 1 : limited) * known.averageBytes(), maxStreamedBytes)
  const initialSeats = Math.max(1, Math.min(Math.ceil(bytes / bytesPerSeat), widest(maxSeats, maxListSeats)))
  return initialSeats === 1 ? oneSeat : { ...oneSeat, initialSeats }
}

function mutatingWork(info: RequestInfo, facts: Parameters<typeof estimateWork>[2], maxSeats: number): WorkEstimate {
  if (info.resource === 'serviceaccounts' && info.subresource === 'token') return oneSeat
  const watchers = facts(info)?.watchers ?? 0
  if (watchers < watchesPerSeat) return oneSeat
  const wanted = Math.ceil(watchers / watchesPerSeat)
  const finalSeats = Math.min(wanted, widest(maxSeats, maxMutatingSeats))
  return { initialSeats: 1, finalSeats, additionalLatencyMs: (wanted * eventLatencyMs) / finalSeats }
}

function widest(ofLevel: number, ofVerb: number): number {
  return ofLevel === 0 ? ofVerb : Math.min(ofLevel, ofVerb)
}
