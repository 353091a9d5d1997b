/** Validation of events (pkg/apis/core/validation/events.go): the older form is checked little, the newer one fully. */
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, isQualifiedName } from '#apimachinery/names.ts'
import type { Event, EventSource, ObjectReference } from '#api/gen/core/v1.ts'
import { complaints, immutable, immutableMessage } from '../../../checks.ts'
import { semanticEqual } from '../../../semantic-equal.ts'

const maxNoteBytes = 1024
const maxWordBytes = 128

/** What the core API asks of an event, new or changed: nearly nothing, unless it has the time that the newer API's have. */
export function validateOlderEvent(event: Event): FieldError[] {
  return validateEither(event, 'reportingComponent')
}

/** What events.k8s.io asks of a new event; `event` is in the core form, paths name its fields as upstream does. */
export function validateNewerEvent(event: Event): FieldError[] {
  const { eventTime, type = '', firstTimestamp, lastTimestamp, count, source } = event
  return [
    ...validateEither(event, 'reportingController'),
    ...validateSeries(event),
    ...(eventTime ? [] : [required(path('eventTime'))]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue(path('type'), '', `has invalid value: ${type}`)]),
    ...unset('firstTimestamp', firstTimestamp),
    ...unset('lastTimestamp', lastTimestamp),
    ...unset('count', count),
    ...unset('source', source?.component || source?.host),
  ]
}

/** What both APIs ask of an event, in the words of events.k8s.io. */
export function validateEventAnew(event: Event): FieldError[] {
  return validateEither(event, 'reportingController')
}

/** What events.k8s.io asks of a change: only its series may. The reason is told of twice, as upstream does. */
export function validateNewerEventUpdate(event: Event, old: Event): FieldError[] {
  const kept = <Key extends keyof Event>(key: Key, field: string, shown: (value: Event[Key]) => unknown): FieldError[] =>
    immutable(path(field), shown(event[key]), shown(old[key]))
  return [
    ...(semanticEqual(event.series, old.series) ? [] : validateSeries(event)),
    ...kept('involvedObject', 'involvedObject', (reference) => inGo(reference ?? {})),
    ...kept('reason', 'reason', orEmpty),
    ...kept('message', 'message', orEmpty),
    ...kept('source', 'source', sourceInGo),
    ...kept('firstTimestamp', 'firstTimestamp', orNull),
    ...kept('lastTimestamp', 'lastTimestamp', orNull),
    ...kept('count', 'count', (count) => count ?? 0),
    ...kept('reason', 'reason', orEmpty),
    ...kept('type', 'type', orEmpty),
    ...kept('eventTime', 'eventTime', orNull),
    ...kept('action', 'action', orEmpty),
    ...changedRelation(event.related, old.related),
    ...kept('reportingComponent', 'reportingController', orEmpty),
    ...kept('reportingInstance', 'reportingInstance', orEmpty),
  ]
}

function orEmpty(value: string | undefined): string {
  return value ?? ''
}

function orNull(value: string | null | undefined): string | null {
  return value ?? null
}

/** None is something else than an empty one. */
function changedRelation(related: ObjectReference | undefined, old: ObjectReference | undefined): FieldError[] {
  const [now, before] = [related && inGo(related), old && inGo(old)]
  return JSON.stringify(now) === JSON.stringify(before) ? [] : [invalidValue(path('related'), now, immutableMessage)]
}

/** Under the names of the Go struct, which messages have. */
function inGo({ kind = '', namespace = '', name = '', uid = '', apiVersion = '', resourceVersion = '', fieldPath = '' }: Partial<ObjectReference>): object {
  return { Kind: kind, Namespace: namespace, Name: name, UID: uid, APIVersion: apiVersion, ResourceVersion: resourceVersion, FieldPath: fieldPath }
}

function sourceInGo(source: EventSource | undefined): object {
  return { Component: source?.component ?? '', Host: source?.host ?? '' }
}

/** What both APIs ask; only an event with a time of the newer kind is read closely. */
function validateEither(event: Event, reportedAs: 'reportingComponent' | 'reportingController'): FieldError[] {
  const namespace = event.metadata.namespace ?? ''
  return [
    ...(event.eventTime ? validateTimed(event, namespace, reportedAs) : validateUntimed(event, namespace)),
    ...complaints(path('namespace'), namespace, isDns1123Subdomain(namespace)),
  ]
}

function validateUntimed({ involvedObject }: Event, namespace: string): FieldError[] {
  const involved = involvedObject.namespace ?? ''
  const matches = involved === '' ? namespace === 'default' || namespace === '' : involved === namespace
  return matches ? [] : [mismatch(involved)]
}

function validateTimed(event: Event, namespace: string, reportedAs: string): FieldError[] {
  const { involvedObject, reportingComponent = '', message = '' } = event
  const anywhere = (involvedObject.namespace ?? '') === ''
  const reportedAt = path(reportedAs)
  return [
    ...(anywhere && namespace !== 'default' && namespace !== 'kube-system' ? [mismatch('')] : []),
    ...(reportingComponent === '' ? [required(reportedAt)] : []),
    ...complaints(reportedAt, reportingComponent, isQualifiedName(reportingComponent)),
    ...(['reportingInstance', 'action', 'reason'] as const).flatMap((field) => [
      ...(event[field] ? [] : [required(path(field))]),
      ...limited(field, event[field] ?? '', maxWordBytes),
    ]),
    ...limited('message', message, maxNoteBytes),
  ]
}

function mismatch(involved: string): FieldError {
  return invalidValue(path('involvedObject', 'namespace'), involved, 'does not match event.namespace')
}

function limited(field: string, text: string, most: number): FieldError[] {
  return Buffer.byteLength(text) > most ? [invalidValue(path(field), '', `can have at most ${most} characters`)] : []
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return []
  return [
    ...((series.count ?? 0) < 2 ? [invalidValue(path('series.count'), '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required(path('series.lastObservedTime'))]),
  ]
}

function unset(field: string, value: unknown): FieldError[] {
  return value ? [invalidValue(path(field), '', 'needs to be unset')] : []
}
