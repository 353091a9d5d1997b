/** The flow schemas and priority levels that every cluster has, and that stay as they are (pkg/apis/flowcontrol/internalbootstrap). */
import type { FlowSchema, FlowSchemaSpec, PriorityLevelConfiguration, PriorityLevelConfigurationSpec, Subject } from '#api/gen/flowcontrol/v1.ts'

const all = ['*']
const anything = {
  resourceRules: [{ verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true }],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
}
const metadataOf = (name: string) => ({ name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } })
const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }))

function level(name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: metadataOf(name),
    spec,
    status: {},
  } as unknown as PriorityLevelConfiguration
}

function schema(name: string, spec: FlowSchemaSpec): FlowSchema {
  return { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: metadataOf(name), spec, status: {} } as unknown as FlowSchema
}

export const mandatoryPriorityLevels: readonly PriorityLevelConfiguration[] = [
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level('catch-all', { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } }),
]

export const mandatoryFlowSchemas: readonly FlowSchema[] = [
  schema('exempt', {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: [{ subjects: groups('system:masters'), ...anything }],
  }),
  schema('catch-all', {
    priorityLevelConfiguration: { name: 'catch-all' },
    matchingPrecedence: 10000,
    distinguisherMethod: { type: 'ByUser' },
    rules: [{ subjects: groups('system:unauthenticated', 'system:authenticated'), ...anything }],
  }),
]
