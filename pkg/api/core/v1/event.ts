/** Event, in the core API; `events.k8s.io` serves the same objects. They are forgotten after an hour. */
import { type Event, EventSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { eventColumns } from './event/columns.ts'
import { validateOlderEvent } from './event/validate.ts'

export const eventTtlSeconds = 60 * 60

export const event: ResourceDefinition<Event> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: EventSchema,
  validateName: () => [],
  create: { validate: validateOlderEvent },
  update: { looks: ['rules'], validate: validateOlderEvent },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  ttlSeconds: eventTtlSeconds,
  defaultPropagation: 'Unsupported',
  selectableFields,
  columns: eventColumns,
}

export function selectableFields({ involvedObject, reason, source, reportingComponent, type }: Event): Record<string, string> {
  return {
    'involvedObject.kind': involvedObject?.kind ?? '',
    'involvedObject.namespace': involvedObject?.namespace ?? '',
    'involvedObject.name': involvedObject?.name ?? '',
    'involvedObject.uid': involvedObject?.uid ?? '',
    'involvedObject.apiVersion': involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': involvedObject?.fieldPath ?? '',
    reason: reason ?? '',
    reportingComponent: reportingComponent ?? '',
    source: source?.component || reportingComponent || '',
    type: type ?? '',
  }
}
