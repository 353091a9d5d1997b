/** Binding: posting one puts a pod on a node. Never stored. */
import { type Binding, BindingSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'

export const binding: ResourceDefinition<Binding> = {
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  singular: 'binding',
  namespaced: true,
  verbs: ['create'],
  virtual: true,
  schema: BindingSchema,
}
