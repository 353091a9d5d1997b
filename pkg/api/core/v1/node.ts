/** Node. */
import { type Node, NodeSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { keepSpec, keepStatus } from '../../doors.ts'
import { nodeColumns } from './node/columns.ts'
import { validateNode, validateNodeUpdate } from './node/validate.ts'

export const node: ResourceDefinition<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  schema: NodeSchema,
  defaults: ({ status }) => {
    if (status.capacity) status.allocatable ??= { ...status.capacity }
  },
  create: { validate: validateNode },
  update: { prepare: keepStatus, validate: validateNodeUpdate },
  status: { prepare: keepSpec, validate: validateNodeUpdate },
  allowUnconditionalUpdate: true,
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable ?? false) }),
  columns: nodeColumns,
}
