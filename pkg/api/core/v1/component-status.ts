/** ComponentStatus: never stored; probed when asked for. */
import { type ComponentStatus, ComponentStatusSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { nameColumn, text } from '../../columns.ts'

export const componentStatus: ResourceDefinition<ComponentStatus> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  virtual: true,
  schema: ComponentStatusSchema,
  columns: [
    nameColumn(),
    text('Status', (object) => (condition(object)?.status === 'True' ? 'Healthy' : condition(object) ? 'Unhealthy' : 'Unknown'), 'Whether it is healthy.'),
    text('Message', (object) => condition(object)?.message ?? '', 'What it said.'),
    text('Error', (object) => condition(object)?.error ?? '', 'The error when asking it.'),
  ],
}

function condition({ conditions }: ComponentStatus) {
  return conditions?.find(({ type }) => type === 'Healthy')
}
