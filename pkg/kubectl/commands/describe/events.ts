/** The events of an object, at the end of its description. */
import { ageOf } from '#api/ages.ts'
import { queryString } from '#client/paths.ts'
import type { Item } from '../../resources/types.ts'
import type { Invocation } from '../../types.ts'
import type { Description } from './text.ts'

export async function describeEvents(out: Description, invocation: Invocation, { object, namespace }: Item): Promise<void> {
  const { name, uid } = object.metadata
  const selector = [
    `involvedObject.name=${name}`,
    ...(namespace ? [`involvedObject.namespace=${namespace}`] : []),
    `involvedObject.kind=${object.kind}`,
    `involvedObject.uid=${object.kind === 'Node' ? name : uid}`,
  ]
  let events: any[]
  try {
    const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
    const query = queryString({ fieldSelector: selector.join(','), limit: 500 })
    events = (await invocation.session.json({ method: 'GET', path: `/api/v1${scope}/events${query}` })).items ?? []
  } catch {
    return
  }
  eventTable(out, events, invocation.now())
}

export function eventTable(out: Description, events: readonly any[], now: number): void {
  if (events.length === 0) {
    out.line(0, 'Events:', '<none>')
    return
  }
  out.line(0, 'Events:').line(1, 'Type', 'Reason', 'Age', 'From', 'Message').line(1, '----', '------', '----', '----', '-------')
  const time = (event: any): string => event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.firstTimestamp ?? ''
  for (const event of events.toSorted((a, b) => (time(a) < time(b) ? -1 : 1))) {
    out.line(1, event.type, event.reason, eventAge(event, now), event.source?.component || event.reportingComponent || '', String(event.message ?? '').trim())
  }
}

export function eventAge(event: any, now: number): string {
  const first = event.firstTimestamp ?? event.eventTime
  const age = first ? ageOf(first, now) : '<unknown>'
  if (event.series) return `${ageOf(event.series.lastObservedTime, now)} (x${event.series.count} over ${age})`
  if ((event.count ?? 0) > 1) return `${ageOf(event.lastTimestamp, now)} (x${event.count} over ${age})`
  return age
}
