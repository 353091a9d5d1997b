/** Validation of events (pkg/apis/core/validation/events.go): the older form is checked little, the newer one fully. */
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import type { Event } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'

const maxNoteBytes = 1024
const maxWordBytes = 128

export function validateEvent(event: Event): FieldError[] {
  const namespace = event.metadata.namespace ?? ''
  const involved = event.involvedObject.namespace ?? ''
  const matches = involved === '' ? namespace === 'default' || namespace === 'kube-system' || namespace === '' : involved === namespace
  return matches ? [] : [invalidValue(path('involvedObject', 'namespace'), involved, 'does not match event.namespace')]
}

/** What events.k8s.io asks of a new event; `event` is in the core form, paths name its fields as upstream does. */
export function validateNewerEvent(event: Event): FieldError[] {
  const errors = validateEvent(event)
  if (!event.eventTime) errors.push(required(path('eventTime')))
  if (!event.reportingComponent) errors.push(required(path('reportingController')))
  else errors.push(...complaints(path('reportingController'), event.reportingComponent, isQualifiedName(event.reportingComponent)))
  for (const [field, value] of [
    ['reportingInstance', event.reportingInstance],
    ['action', event.action],
    ['reason', event.reason],
  ] as const) {
    if (!value) errors.push(required(path(field)))
    else if (Buffer.byteLength(value) > maxWordBytes) errors.push(invalidValue(path(field), '', `can have at most ${maxWordBytes} characters`))
  }
  if (Buffer.byteLength(event.message ?? '') > maxNoteBytes) errors.push(invalidValue(path('message'), '', `can have at most ${maxNoteBytes} characters`))
  if (event.type !== 'Normal' && event.type !== 'Warning') errors.push(invalidValue(path('type'), '', `has invalid value: ${event.type ?? ''}`))
  return errors
}
