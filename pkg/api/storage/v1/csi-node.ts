/** CSINode: the drivers on a node. */
import { type CSINode, CSINodeSchema } from '#api/gen/storage/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, nameColumn } from '../../columns.ts'
import { validateCsiNode, validateCsiNodeUpdate } from './validate-csi-node.ts'

export const csiNode: ResourceDefinition<CSINode> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  schema: CSINodeSchema,
  create: { validate: validateCsiNode },
  update: { looks: ['metadata', 'rules'], validate: validateCsiNodeUpdate },
  columns: [nameColumn(), integer('Drivers', ({ spec }) => spec.drivers?.length ?? 0, 'How many drivers the node has.'), ageColumn()],
}
