/** EventRateLimit: so many events a second, for the server, each namespace, each user, or each source and object (docs: "EventRateLimit"). */
import type { Event } from '#api/gen/core/v1.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import { aggregateText } from '#apimachinery/field-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'

export const limitTypes = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const

export interface EventLimit {
  readonly type: (typeof limitTypes)[number]
  readonly qps: number
  readonly burst: number
  /** Of keys; 0: the default. */
  readonly cacheSize?: number
}

const defaultCacheSize = 4096

export function eventRateLimit({ clock }: { readonly clock: Clock }, limits: readonly EventLimit[]): AdmissionPlugin {
  const enforcers = limits.map((limit) => ({ ...limit, buckets: new Map<string, Bucket>() }))
  return {
    name: 'EventRateLimit',
    handles: ({ operation, kind, group, dryRun }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && kind === 'Event' && (group === '' || group === 'events.k8s.io') && !dryRun,
    validate(attributes) {
      const errors = enforcers.flatMap(({ type, qps, burst, cacheSize, buckets }) => {
        const key = keyOf(type, attributes)
        const bucket = bucketOf(buckets, key, cacheSize || defaultCacheSize, () => ({ tokens: burst, atMs: clock.now() }))
        return takes(bucket, qps, burst, clock.now()) ? [] : [`limit reached on type ${type} for key ${key}`]
      })
      if (errors.length > 0) throw new StatusError({ code: 429, reason: 'TooManyRequests', message: `Too many requests: ${aggregateText(errors)}` })
    },
  }
}

interface Bucket {
  tokens: number
  atMs: number
}

function takes(bucket: Bucket, perSecond: number, burst: number, nowMs: number): boolean {
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
  bucket.atMs = nowMs
  if (bucket.tokens < 1) return false
  bucket.tokens--
  return true
}

/** The one that was asked for longest ago goes first. */
function bucketOf(buckets: Map<string, Bucket>, key: string, capacity: number, make: () => Bucket): Bucket {
  const bucket = buckets.get(key) ?? make()
  buckets.delete(key)
  buckets.set(key, bucket)
  if (buckets.size > capacity) buckets.delete(buckets.keys().next().value!)
  return bucket
}

function keyOf(type: EventLimit['type'], { namespace, user, object }: AdmissionAttributes): string {
  switch (type) {
    case 'Server':
      return ''
    case 'Namespace':
      return namespace
    case 'User':
      return user.name
    case 'SourceAndObject': {
      const { source, involvedObject: of } = object as Partial<Event>
      return [source?.component, source?.host, of?.kind, of?.namespace, of?.name, of?.uid, of?.apiVersion].map((each) => each ?? '').join('')
    }
  }
}
