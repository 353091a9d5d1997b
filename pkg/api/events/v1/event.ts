/** Event of events.k8s.io; stored with the core API's. */
import { type Event, EventSchema } from '#api/gen/events/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { eventTtlSeconds, event as stored } from '../../core/v1/event.ts'
import { fromCore, toCore } from './conversion.ts'
import { validateEventAnew, validateNewerEvent, validateNewerEventUpdate } from '../../core/v1/event/validate.ts'

export const event: ResourceDefinition<Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: EventSchema,
  storage: { group: '', version: 'v1', plural: 'events', toStorage: toCore, fromStorage: fromCore },
  create: { validate: (object) => validateNewerEvent(toCore(object)) },
  update: {
    validate: (object) => validateEventAnew(toCore(object)),
    validateChange: (object, old) => validateNewerEventUpdate(toCore(object), toCore(old)),
    looks: ['rules', 'metadata-change', 'changes'],
  },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  ttlSeconds: eventTtlSeconds,
  defaultPropagation: 'Unsupported',
  selectableFields: (object) => {
    const fields = Object.entries(stored.selectableFields?.(toCore(object)) ?? {}).filter(([key]) => key !== 'source')
    return Object.fromEntries(
      fields.map(([key, value]) => [key.replace('involvedObject.', 'regarding.').replace('reportingComponent', 'reportingController'), value]),
    )
  },
  columns: (stored.columns ?? []).map((column) => ({ ...column, cell: (object, now) => column.cell(toCore(object), now) })),
}
