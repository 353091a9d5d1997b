/** events.k8s.io serves the core API's events under newer field names. */
import type { Event as CoreEvent } from '#api/gen/core/v1.ts'
import type { Event } from '#api/gen/events/v1.ts'

/** The two names of each field whose content is the same. */
const pairs = [
  ['reportingController', 'reportingComponent'],
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const

export function toCore(event: Event): CoreEvent {
  const core = rename(event, pairs, 'v1') as unknown as CoreEvent
  core.reportingComponent ??= ''
  core.reportingInstance ??= ''
  core.source ??= {}
  return core
}

export function fromCore(core: CoreEvent): Event {
  const event = rename(
    core,
    pairs.map(([newer, older]) => [older, newer] as const),
    'events.k8s.io/v1',
  ) as unknown as Event
  // Here they may be left out.
  if (!event.reportingController) delete event.reportingController
  if (!event.reportingInstance) delete event.reportingInstance
  // Here they may not.
  const series = event.series as Partial<NonNullable<Event['series']>> | undefined
  if (series) event.series = { ...series, count: series.count ?? 0, lastObservedTime: series.lastObservedTime ?? null } as NonNullable<Event['series']>
  return event
}

function rename(object: object, names: readonly (readonly [string, string])[], apiVersion: string): Record<string, unknown> {
  const to = new Map(names)
  const renamed = Object.entries(object).map(([key, value]) => [to.get(key) ?? key, value])
  return { ...Object.fromEntries(renamed), apiVersion }
}
