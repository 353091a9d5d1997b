/** The events of an object, at the end of its description. */
import { ageOf } from '#api/ages.ts'
import { queryString } from '#client/paths.ts'
import type { Item } from '../../resources/types.ts'
import type { Invocation } from '../../types.ts'
import type { Description } from './text.ts'

export async function describeEvents(out: Description, invocation: Invocation, { object, namespace }: Item): Promise<void> {
  const events: any[] = []
  const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  try {
    for (const uid of uidsOf(object)) {
      const selector = [
        `involvedObject.name=${object.metadata.name}`,
        `involvedObject.namespace=${namespace ?? ''}`,
        // Of pods the original asks for any kind.
        ...(object.kind === 'Pod' ? [] : [`involvedObject.kind=${object.kind}`]),
        `involvedObject.uid=${uid}`,
      ]
      const query = queryString({ fieldSelector: selector.join(','), limit: 500 })
      events.push(...((await invocation.session.json({ method: 'GET', path: `/api/v1${scope}/events${query}` })).items ?? []))
    }
  } catch {
    return
  }
  eventTable(out, events, invocation.now())
}

/** Kubelets tell of a node by its name, controllers by its uid; of the mirror of a static pod they tell by the static pod's. */
function uidsOf({ kind, metadata }: any): readonly string[] {
  if (kind === 'Node') return [metadata.uid, metadata.name]
  return [(kind === 'Pod' && metadata.annotations?.['kubernetes.io/config.mirror']) || metadata.uid]
}

export function eventTable(out: Description, events: readonly any[], now: number): void {
  if (events.length === 0) {
    out.line(0, 'Events:', '<none>')
    return
  }
  out.line(0, 'Events:').line(1, 'Type', 'Reason', 'Age', 'From', 'Message').line(1, '----', '------', '----', '----', '-------')
  const time = ({ lastTimestamp }: any): string => lastTimestamp ?? ''
  for (const event of events.toSorted((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0))) {
    const { fieldPath } = event.involvedObject
    const message = `${fieldPath ? `${fieldPath}: ` : ''}${String(event.message ?? '').trim()}`
    out.line(1, event.type, event.reason, eventAge(event, now), event.source?.component || event.reportingComponent || '', message)
  }
}

export function eventAge(event: any, now: number): string {
  const first = event.firstTimestamp ?? event.eventTime
  const age = first ? ageOf(first, now) : '<unknown>'
  if (event.series) return `${ageOf(event.series.lastObservedTime, now)} (x${event.series.count} over ${age})`
  if ((event.count ?? 0) > 1) return `${ageOf(event.lastTimestamp, now)} (x${event.count} over ${age})`
  return age
}
