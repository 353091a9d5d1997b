/** Node. */
import { type Node, NodeSchema } from '#api/gen/core/v1.ts'
import { path } from '#apimachinery/field-error.ts'
import { cidrWarnings } from '../../ip-warnings.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { keepSpec, keepStatus } from '../../doors.ts'
import { nodeColumns } from './node/columns.ts'
import { validateNode, validateNodeStatusUpdate } from './node/validate.ts'

export const node: ResourceDefinition<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  schema: NodeSchema,
  defaults: ({ spec, status }) => {
    keepBoth(spec)
    if (status.capacity) status.allocatable ??= { ...status.capacity }
  },
  create: {
    prepare: ({ spec, status }) => {
      delete spec.configSource
      delete status.config
    },
    validate: validateNode,
    warnings: nodeWarnings,
  },
  update: {
    prepare: (object, old) => {
      keepStatus(object, old)
      if (!old.spec.configSource) delete object.spec.configSource
    },
    validate: validateNode,
    validateChange: validateNodeStatusUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
    warnings: nodeWarnings,
  },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      if (!old.status.config) delete object.status.config
    },
    validate: validateNodeStatusUpdate,
  },
  allowUnconditionalUpdate: true,
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable ?? false) }),
  columns: nodeColumns,
}

/** The one range of old clients and the ranges say the same; where they do not, the one counts. */
function keepBoth(spec: Node['spec']): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
  else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
}

/** The kubelet's configuration through the API is no more (DynamicKubeletConfig): new nodes lose it, older ones are told. */
function nodeWarnings({ spec: { configSource, externalID, podCIDRs } }: Node): string[] {
  return [
    ...(configSource ? ['spec.configSource: the feature is no longer supported'] : []),
    ...(externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(podCIDRs ?? []).flatMap((cidr, position) => cidrWarnings(path('spec', 'podCIDRs').index(position), cidr)),
  ]
}
