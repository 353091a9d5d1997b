/** What is counted and checked by rules: quotas by each scope, budgets, roles, the expressions of policies. */
import {
  clusterRoles,
  customResourceDefinitions,
  daemonSets,
  deployments,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  priorityClasses,
  replicaSets,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
  validatingAdmissionPolicies,
} from '#api/gen/resources.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, container, make, remove, selector, step, template } from './steps.ts'

const scoped = (name: string, matchExpressions: readonly object[], hard: object = { pods: '9' }): Step['act'] =>
  make(resourceQuotas, name, { spec: { hard, scopeSelector: { matchExpressions } } })
const priority = (operator: string, ...values: readonly string[]) => ({ scopeName: 'PriorityClass', operator, ...(values.length > 0 ? { values } : {}) })
const cpu = (requests: string, limits?: string) =>
  container('app:1', { resources: { requests: { cpu: requests }, ...(limits ? { limits: { cpu: limits } } : {}) } })
const pod = (name: string, spec: object, labels: object = {}): Step['act'] =>
  make(pods, name, { spec: { terminationGracePeriodSeconds: 5, ...spec } }, { labels })
const claim = (name: string, more: object, metadata: object = {}): Step['act'] =>
  make(
    persistentVolumeClaims,
    name,
    { spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'quota-claims', resources: { requests: { storage: '1Gi' } }, ...more } },
    metadata,
  )

const across = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: selector, topologyKey: 'kubernetes.io/hostname', namespaces: ['default'] }],
  },
}

const evict =
  (name: string): Step['act'] =>
  ({ client, namespace }) =>
    client
      .create(pods, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } } as any, { subresource: 'eviction' })
      // Refused: that is the point.
      .catch(() => undefined)
const budget = (name: string, spec: object): Step['act'] => make(podDisruptionBudgets, name, { spec })
const labelled = (app: string) => ({ matchLabels: { app } })
const workload = (app: string, replicas: number, does = 'run') => ({ replicas, selector: labelled(app), template: template({ app, does }) })

const rules = (resource: string, ...verbs: readonly string[]) => ({ rules: [{ apiGroups: ['example.com'], resources: [resource], verbs }] })
const aggregates = (...parts: readonly string[]) => ({
  aggregationRule: { clusterRoleSelectors: parts.map((part) => ({ matchLabels: { 'example.com/roles': part } })) },
})

const policy = (name: string, spec: object): Step['act'] => make(validatingAdmissionPolicies, name, { spec })
const rule = (apiGroups: readonly string[], apiVersions: readonly string[], resources: readonly string[]) => ({
  apiGroups,
  apiVersions,
  operations: ['CREATE', 'UPDATE'],
  resources,
})

export const policyScenarios: readonly Scenario[] = [
  {
    name: 'quota-priorities',
    steps: [
      step(
        'quotas',
        all(
          make(priorityClasses, 'quota-priorities-high', { value: 1000 }),
          make(priorityClasses, 'quota-priorities-low', { value: 10, preemptionPolicy: 'Never' }),
          scoped('high', [priority('In', 'quota-priorities-high', 'nothing')]),
          scoped('others', [priority('NotIn', 'quota-priorities-high')]),
          scoped('any', [priority('Exists')]),
          scoped('none', [priority('DoesNotExist')]),
          scoped('high-best', [priority('In', 'quota-priorities-high'), { scopeName: 'BestEffort', operator: 'Exists' }]),
          scoped('low-lasting', [priority('In', 'quota-priorities-low'), { scopeName: 'NotTerminating', operator: 'Exists' }], {
            pods: '3',
            'requests.cpu': '1',
            'limits.cpu': '2',
            'count/pods': '5',
          }),
        ),
      ),
      step(
        'used',
        all(
          pod('high', { priorityClassName: 'quota-priorities-high', containers: [container()] }),
          pod('low', { priorityClassName: 'quota-priorities-low', containers: [cpu('100m', '200m')] }),
          pod('low-short', { priorityClassName: 'quota-priorities-low', activeDeadlineSeconds: 600, containers: [cpu('100m', '200m')] }),
          pod('plain', { containers: [container()] }),
        ),
      ),
      step('one goes', remove(pods, 'high')),
      step('no more than a shape', change(resourceQuotas, 'any', { spec: { hard: { pods: null, 'requests.memory': '1Gi' } } })),
    ],
  },
  {
    name: 'quota-affinity',
    steps: [
      step(
        'quotas',
        all(
          scoped('across', [{ scopeName: 'CrossNamespacePodAffinity', operator: 'Exists' }]),
          make(resourceQuotas, 'across-too', { spec: { hard: { 'count/pods': '4' }, scopes: ['CrossNamespacePodAffinity'] } }),
          make(resourceQuotas, 'effort', { spec: { hard: { pods: '9', 'requests.cpu': '4' }, scopes: ['NotBestEffort'] } }),
        ),
      ),
      step(
        'used',
        all(
          pod('across', { affinity: across, containers: [container()] }),
          pod('within', { containers: [cpu('250m')] }),
          pod('by-labels', {
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  { weight: 1, podAffinityTerm: { labelSelector: selector, topologyKey: 'zone', namespaceSelector: { matchLabels: { a: 'b' } } } },
                ],
              },
            },
            containers: [container()],
          }),
        ),
      ),
    ],
  },
  {
    name: 'quota-claims',
    racingEvents: ['FailedBinding', 'ProvisioningFailed'],
    steps: [
      step(
        'quotas',
        all(
          scoped('fast', [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['fast'] }], {
            persistentvolumeclaims: '5',
            'requests.storage': '20Gi',
          }),
          scoped('slower', [{ scopeName: 'VolumeAttributesClass', operator: 'NotIn', values: ['fast'] }], { 'requests.storage': '20Gi' }),
          scoped('with', [{ scopeName: 'VolumeAttributesClass', operator: 'Exists' }], { persistentvolumeclaims: '5' }),
          scoped('without', [{ scopeName: 'VolumeAttributesClass', operator: 'DoesNotExist' }], { persistentvolumeclaims: '5' }),
          make(resourceQuotas, 'classes', {
            spec: {
              hard: {
                'gold.storageclass.storage.k8s.io/requests.storage': '9Gi',
                'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '3',
                'silver.storageclass.storage.k8s.io/requests.storage': '9Gi',
                'count/persistentvolumeclaims': '9',
              },
            },
          }),
        ),
      ),
      step(
        'used',
        all(
          claim('plain', {}),
          claim('fast', { volumeAttributesClassName: 'fast' }),
          claim('slow', { volumeAttributesClassName: 'slow', resources: { requests: { storage: '2Gi' } } }),
          claim('gold', { storageClassName: 'gold', resources: { requests: { storage: '3Gi' } } }),
        ),
      ),
      step('changed', change(persistentVolumeClaims, 'fast', { metadata: { labels: { a: 'b' } } })),
      step('one goes', all(remove(persistentVolumeClaims, 'slow'))),
    ],
  },
  {
    name: 'quota-counts',
    steps: [
      step(
        'a quota',
        make(resourceQuotas, 'counts', {
          spec: {
            hard: {
              secrets: '9',
              replicationcontrollers: '2',
              services: '5',
              'services.nodeports': '5',
              resourcequotas: '3',
              'count/serviceaccounts': '5',
              'count/deployments.apps': '2',
              'count/daemonsets.apps': '2',
              'count/statefulsets.apps': '2',
              'count/roles.rbac.authorization.k8s.io': '2',
              'count/pods': '10',
              'limits.cpu': '4',
              'limits.ephemeral-storage': '4Gi',
              'requests.hugepages-2Mi': '8Mi',
              'hugepages-2Mi': '8Mi',
              cpu: '4',
              memory: '4Gi',
            },
          },
        }),
      ),
      step(
        'used',
        all(
          make(secrets, 'one', { stringData: { a: 'b' } }),
          make(serviceAccounts, 'robot', {}),
          make(services, 'front', { spec: { type: 'NodePort', selector: { app: 'nobody' }, ports: [{ port: 80 }] } }),
          make(services, 'alias', { spec: { type: 'ExternalName', externalName: 'example.com' } }),
          make(replicationControllers, 'none', { spec: { replicas: 0, selector: { app: 'none' }, template: template({ app: 'none' }) } }),
          make(deployments, 'none', { spec: workload('nothing', 0) }),
          make(daemonSets, 'nowhere', {
            spec: { selector: labelled('nowhere'), template: template({ app: 'nowhere' }, { nodeSelector: { shared: 'no' } }) },
          }),
          make(statefulSets, 'none', { spec: { ...workload('still', 0), serviceName: 'still' } }),
          pod('all', {
            overhead: undefined,
            initContainers: [
              {
                name: 'side',
                image: 'app:1',
                restartPolicy: 'Always',
                resources: { requests: { cpu: '100m', memory: '1Mi' }, limits: { cpu: '200m', 'ephemeral-storage': '1Gi' } },
              },
              { name: 'first', image: 'app:1', resources: { requests: { cpu: '1', memory: '8Mi' }, limits: { cpu: '1', 'ephemeral-storage': '2Gi' } } },
            ],
            containers: [
              container('app:1', {
                resources: {
                  requests: { cpu: '500m', memory: '64Mi', 'hugepages-2Mi': '4Mi' },
                  limits: { cpu: '500m', memory: '64Mi', 'hugepages-2Mi': '4Mi', 'ephemeral-storage': '1Gi' },
                },
              }),
            ],
          }),
        ),
      ),
      step('turned', change(services, 'front', { spec: { type: 'ClusterIP', ports: [{ port: 80, nodePort: null }] } })),
      step('less is asked', change(resourceQuotas, 'counts', { spec: { hard: { cpu: null, memory: null, 'limits.cpu': '100m' } } })),
    ],
  },
  {
    name: 'budget-evictions',
    steps: [
      step(
        'budgets of all kinds',
        all(
          make(statefulSets, 'db', { spec: { ...workload('db', 3), serviceName: 'db', podManagementPolicy: 'Parallel' } }),
          make(replicationControllers, 'rc', { spec: { replicas: 5, selector: { app: 'rc' }, template: template({ app: 'rc' }) } }),
          make(replicaSets, 'all', { spec: workload('all', 2) }),
          budget('half', { minAvailable: '50%', selector: labelled('db') }),
          budget('most', { maxUnavailable: '40%', selector: labelled('rc') }),
          budget('whole', { minAvailable: '100%', selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['all', 'none'] }] } }),
        ),
      ),
      step('one is evicted', evict('db-2')),
      step('may not be', all(...['db-0', 'db-1'].map(evict), change(podDisruptionBudgets, 'half', { spec: { minAvailable: 3 } }), evict('db-0'))),
      step('fewer', change(replicationControllers, 'rc', { spec: { replicas: 2 } })),
      step('a budget goes', all(remove(podDisruptionBudgets, 'whole'), evict('db-1'))),
    ],
    racingEvents: ['NoPods'],
  },
  {
    name: 'budget-unhealthy',
    steps: [
      step(
        'pods that are not ready',
        all(
          make(replicaSets, 'ill', { spec: workload('ill', 3, 'unready') }),
          make(replicaSets, 'well', { spec: workload('well', 2) }),
          budget('if-healthy', { minAvailable: 2, unhealthyPodEvictionPolicy: 'IfHealthyBudget', selector: labelled('ill') }),
          budget('always', { maxUnavailable: 0, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: labelled('well') }),
          make(replicaSets, 'mixed', { spec: workload('mixed', 3, 'unready') }),
          make(deployments, 'mixed', { spec: { replicas: 4, selector: { matchLabels: { app: 'mixed-too' } }, template: template({ app: 'mixed-too' }) } }),
          budget('by-expressions', { maxUnavailable: '34%', selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['mixed', 'mixed-too'] }] } }),
        ),
      ),
      step('larger', change(replicaSets, 'well', { spec: { replicas: 4 } })),
      step('of all that have a label', change(podDisruptionBudgets, 'if-healthy', { spec: { minAvailable: '25%' } })),
    ],
    racingEvents: ['NoPods', 'CalculateExpectedPodCountFailed'],
  },
  {
    name: 'aggregated-chain',
    steps: [
      step(
        'roles of roles',
        all(
          make(clusterRoles, 'aggregated-chain-a', rules('apples', 'get', 'list'), { labels: { 'example.com/roles': 'leaf' } }),
          make(clusterRoles, 'aggregated-chain-b', rules('berries', 'get'), { labels: { 'example.com/roles': 'leaf' } }),
          make(clusterRoles, 'aggregated-chain-c', rules('apples', 'get', 'list'), { labels: { 'example.com/roles': 'other' } }),
          make(clusterRoles, 'aggregated-chain-middle', { ...aggregates('leaf'), rules: [] }, { labels: { 'example.com/roles': 'middle' } }),
          make(clusterRoles, 'aggregated-chain-top', { ...aggregates('middle', 'other'), rules: [] }),
        ),
      ),
      step('another rule', change(clusterRoles, 'aggregated-chain-b', rules('berries', 'watch'))),
      step('one is a part no longer', change(clusterRoles, 'aggregated-chain-a', { metadata: { labels: { 'example.com/roles': null } } })),
      step('written by hand', change(clusterRoles, 'aggregated-chain-middle', rules('cherries', 'delete'))),
      step('one goes', remove(clusterRoles, 'aggregated-chain-c')),
      step('no longer aggregated', change(clusterRoles, 'aggregated-chain-top', { aggregationRule: null })),
    ],
  },
  {
    name: 'policy-checks',
    steps: [
      step(
        'of many kinds',
        all(
          policy('policy-checks-two', {
            matchConstraints: { resourceRules: [rule(['apps'], ['v1'], ['deployments', 'statefulsets'])] },
            validations: [
              { expression: 'object.spec.serviceName != ""' },
              { expression: 'object.spec.replicas < 9 && oldObject.spec.paused' },
              { expression: 'request.name == "x"' },
              { expression: 'has(object.metadata.labels.app)', messageExpression: '"x" + object.spec.replicas' },
            ],
          }),
          policy('policy-checks-any', {
            matchConstraints: { resourceRules: [rule(['*'], ['*'], ['*'])] },
            validations: [{ expression: 'object.spec.anything == 1' }],
          }),
          policy('policy-checks-subresources', {
            matchConstraints: { resourceRules: [rule([''], ['v1'], ['pods/status', 'pods/*', 'services'])] },
            validations: [{ expression: 'object.spec.clusterIPs.all(ip, ip > 1)' }, { expression: 'object.status.phase == 5' }],
          }),
          policy('policy-checks-variables', {
            matchConstraints: { resourceRules: [rule([''], ['v1'], ['configmaps'])] },
            variables: [
              { name: 'count', expression: 'size(object.data)' },
              { name: 'wrong', expression: 'object.dat' },
            ],
            matchConditions: [{ name: 'some', expression: 'object.data.size() > 0' }],
            validations: [{ expression: 'variables.count > 1' }],
          }),
          policy('policy-checks-parameters', {
            paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
            matchConstraints: { resourceRules: [rule(['batch'], ['v1'], ['jobs'])] },
            validations: [{ expression: 'object.spec.parallelism < params.data.most' }, { expression: 'params.nothing == 1' }],
          }),
          policy('policy-checks-nobody', {
            paramKind: { apiVersion: 'example.com/v1', kind: 'Nothing' },
            matchConstraints: { resourceRules: [rule(['example.com'], ['v1'], ['nothings'])] },
            validations: [{ expression: 'object.a == params.b' }],
          }),
        ),
      ),
      step(
        'mended',
        change(validatingAdmissionPolicies, 'policy-checks-two', { spec: { validations: [{ expression: 'object.metadata.name.startsWith("a")' }] } }),
      ),
      step(
        'of custom resources',
        all(
          make(customResourceDefinitions, 'checkeds.policy-checks.example.com', {
            spec: {
              group: 'policy-checks.example.com',
              scope: 'Namespaced',
              names: { plural: 'checkeds', kind: 'Checked' },
              versions: [
                {
                  name: 'v1',
                  served: true,
                  storage: true,
                  schema: {
                    openAPIV3Schema: {
                      type: 'object',
                      properties: { spec: { type: 'object', properties: { count: { type: 'integer' }, when: { type: 'string', format: 'date-time' } } } },
                    },
                  },
                },
              ],
            },
          }),
          async (place) => {
            for (let round = 0; round < 100; round++) {
              const { status } = await place.client.get(customResourceDefinitions, { name: 'checkeds.policy-checks.example.com' })
              if (status?.conditions?.some(({ type, status: is }: any) => type === 'Established' && is === 'True')) break
              await new Promise((resolve) => setTimeout(resolve, 100))
            }
            // Until all know of it.
            await new Promise((resolve) => setTimeout(resolve, 3000))
          },
          policy('policy-checks-custom', {
            matchConstraints: { resourceRules: [rule(['policy-checks.example.com'], ['v1'], ['checkeds'])] },
            validations: [{ expression: 'object.spec.count == "x"' }, { expression: 'object.spec.counted > 1' }, { expression: 'object.spec.when > 3' }],
          }),
        ),
      ),
      step('gone', remove(customResourceDefinitions, 'checkeds.policy-checks.example.com')),
    ],
  },
]
