/** The flow schemas and priority levels that every cluster has: mandatory ones, which stay as they are, and suggested ones. */
import type { FlowSchema, FlowSchemaSpec, PriorityLevelConfiguration, PriorityLevelConfigurationSpec } from '#api/gen/flowcontrol/v1.ts'
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from '#api/flowcontrol/v1/mandatory.ts'

type Rules = NonNullable<FlowSchemaSpec['rules']>[number]
type Subjects = Rules['subjects']

export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec'

export interface FlowControlDefaults {
  readonly levels: readonly PriorityLevelConfiguration[]
  readonly schemas: readonly FlowSchema[]
}

const metadataOf = (name: string) => ({ name, annotations: { [autoUpdateAnnotation]: 'true' } })

function level(name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: metadataOf(name),
    spec,
    status: {},
  } as unknown as PriorityLevelConfiguration
}

function queuing(name: string, shares: number, lendablePercent: number, queues: number, handSize: number): PriorityLevelConfiguration {
  const limitResponse = { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } } as const
  return level(name, { type: 'Limited', limited: { nominalConcurrencyShares: shares, lendablePercent, limitResponse } })
}

function schema(name: string, levelName: string, matchingPrecedence: number, distinguisher: 'ByUser' | 'ByNamespace' | '', rules: Rules): FlowSchema {
  const spec = {
    priorityLevelConfiguration: { name: levelName },
    matchingPrecedence,
    ...(distinguisher ? { distinguisherMethod: { type: distinguisher } } : {}),
    rules: [rules],
  }
  return { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: metadataOf(name), spec, status: {} } as unknown as FlowSchema
}

const groups = (...names: string[]): Subjects => names.map((name) => ({ kind: 'Group', group: { name } }))
const users = (...names: string[]): Subjects => names.map((name) => ({ kind: 'User', user: { name } }))
const systemAccounts: Subjects = [{ kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: 'kube-system' } }]
const everyone = groups('system:unauthenticated', 'system:authenticated')
const nodes = groups('system:nodes')

const resources = (verbs: string[], apiGroup: string, names: string[], clusterScope: boolean) => ({
  verbs,
  apiGroups: [apiGroup],
  resources: names,
  namespaces: ['*'],
  ...(clusterScope ? { clusterScope } : {}),
})
const allResources = [resources(['*'], '*', ['*'], true)]
const anything = (subjects: Subjects): Rules => ({ subjects, resourceRules: allResources, nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] })

const leases = (verbs: string[]) => resources(verbs, 'coordination.k8s.io', ['leases'], false)

export const mandatory: FlowControlDefaults = { levels: mandatoryPriorityLevels, schemas: mandatoryFlowSchemas }

export const suggested: FlowControlDefaults = {
  levels: [
    queuing('system', 30, 33, 64, 6),
    queuing('node-high', 40, 25, 64, 6),
    queuing('leader-election', 10, 0, 16, 4),
    queuing('workload-high', 40, 50, 128, 6),
    queuing('workload-low', 100, 90, 128, 6),
    queuing('global-default', 20, 50, 128, 6),
  ],
  schemas: [
    schema('system-nodes', 'system', 500, 'ByUser', anything(nodes)),
    schema('system-node-high', 'node-high', 400, 'ByUser', {
      subjects: nodes,
      resourceRules: [resources(['*'], '', ['nodes', 'nodes/status'], true), leases(['*'])],
    }),
    schema('probes', 'exempt', 2, '', { subjects: everyone, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] }),
    schema('system-leader-election', 'leader-election', 100, 'ByUser', {
      subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...systemAccounts],
      resourceRules: [leases(['get', 'create', 'update'])],
    }),
    schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', anything(users('system:kube-controller-manager'))),
    schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', anything(users('system:kube-scheduler'))),
    schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', anything(systemAccounts)),
    schema('service-accounts', 'workload-low', 9000, 'ByUser', anything(groups('system:serviceaccounts'))),
    schema('global-default', 'global-default', 9900, 'ByUser', anything(everyone)),
  ],
}
