/** The table of events, in both of their APIs. */
import type { Event } from '#api/gen/core/v1.ts'
import type { TableColumn } from '#api/types.ts'
import { ageOf } from '../../../ages.ts'
import { nameColumn, text, wideText } from '../../../columns.ts'

export const eventColumns: TableColumn<Event>[] = [
  text('Last Seen', lastSeen, 'When it happened last.'),
  text('Type', ({ type }) => type, 'Normal or Warning.'),
  text('Reason', ({ reason }) => reason, 'Why it was recorded, in one word.'),
  text('Object', involved, 'What it is about.'),
  wideText('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? '', 'The part of the object it is about.'),
  wideText('Source', source, 'Which component recorded it.'),
  text('Message', ({ message }) => (message ?? '').trim(), 'What happened.'),
  wideText('First Seen', firstSeen, 'When it happened first.'),
  wideText('Count', count, 'How often it happened.'),
  { ...nameColumn<Event>(), priority: 1 },
]

function firstSeen({ firstTimestamp, eventTime }: Event, now: number): string {
  return ageOf(firstTimestamp || eventTime, now)
}

function lastSeen(event: Event, now: number): string {
  if (event.series) return ageOf(event.series.lastObservedTime, now)
  if (event.lastTimestamp) return ageOf(event.lastTimestamp, now)
  return firstSeen(event, now)
}

/** A number in a column of text, as upstream has it. */
function count({ series, count }: Event): number {
  return series?.count ?? (count || 1)
}

function involved({ involvedObject: { kind, name } }: Event): string {
  const lower = (kind ?? '').toLowerCase()
  return name ? `${lower}/${name}` : lower
}

function source({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent
  const host = source?.host || reportingInstance
  return host ? `${component}, ${host}` : (component ?? '')
}
