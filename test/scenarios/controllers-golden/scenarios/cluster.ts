/** What the cluster itself looks after: namespaces, budgets, quotas, autoscalers, policies, roles, requests. */
import {
  certificateSigningRequests,
  clusterRoles,
  configMaps,
  deployments,
  horizontalPodAutoscalers,
  namespaces,
  podDisruptionBudgets,
  persistentVolumeClaims,
  pods,
  replicaSets,
  resourceClaimTemplates,
  resourceQuotas,
  serviceCIDRs,
  services,
  validatingAdmissionPolicies,
} from '#api/gen/resources.ts'
import type { Place, Scenario } from '../types.ts'
import { kubeletRequest } from './kubelet-request.ts'
import { all, change, container, make, remove, selector, step, template } from './steps.ts'

const target = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 }
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }

/** A PKCS#10 request of CN=jane. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1ZEQ0NBVHdDQVFBd0R6RU5NQXNHQTFVRUF3d0VhbUZ1WlRDQ0FTSXdEUVlKS29aSWh2Y05BUUVCQlFBRApnZ0VQQURDQ0FRb0NnZ0VCQUtWT0xsU0lmMTVzWDlQQzhNTGJhNHNxUTZ2NEVhaTd3Szdza0pmZ2dxZkNXV2tGCklvOWRmcVdVdmpaVS83NXo0eHZ6UXRCUWFUaEtMeDdXcDVPb3FMSnNMYm5QMnBXSHB6c2p2ZXR4djhKV0U3QloKc1RiQndKU1B4anh0eDZjUDR5dnpkVXE1QTRLc0RreEFvdEwxREY1L2dYNEpXZEFPQVRSUklVc3Arc3czNVUwNwp5VXhLS3k3dExzbng3WHVFcThXemt3aTBrVzlUOG1oamF6RkhiT3NIV0NCd09aWGRCSHd6TU5weFlDTGxESkQzCnkxOEN4OUVnSGlRWmRxTXBObVMwYXI0VWhmbE5mMmpRcm40UkZkbjBkVFcyM3ZPZlArdW9zLzdMVlhldG84WlkKdEpiU2ZFQnIwNDc4T1ZtZXRYZm02Uk9qZGVLdmc2RDRuRmpCZ3BFQ0F3RUFBYUFBTUEwR0NTcUdTSWIzRFFFQgpDd1VBQTRJQkFRQkFreFpDeXN2alBPTFJoanBOdWsxUkJ3OHY3MWpyN0d4cXRQVkdBeUI5V0Y3b2xQVEVJYnh4CkY5KzlLamE0Sm1VOHpZSWlNWWYvVEhxM3FQMmxiNFVyczh1U1VYRzlIK1RxYmNocEdkbnNFRERHUzdhQUxPUlUKUk1kMGFoUnhablNkNFE1dVZQK0RRL1lEbkc3bXlNajBnT2F5UHdQMjFxUy85Y3dPVmkwNDNuZmd2OURrVSsyOApnQ2Z6VnZpMHRGNE9NNE1BOFVqWU9YRnlKYm16V2VjU3djbG9aWkxyOUZuTVlBNGsvODllb2hrR2lLeGxHcjZGCjlNUU85RXQxMEhwWjRNTm1vbEdCV0h4R3NsYjQ3NGdOVXRuUmNQcUdjQzY2a3c1dFlOK04yZHJUQzYvZmxaZXYKaCtlcUZuYmdpNUo0T1hZRFBQTUxoN2dEQlpBSFlvR0YKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='
const signer = (signerName: string) => ({ spec: { request, signerName, usages: ['client auth'] } })
const answer =
  (type: string) =>
  (name: string) =>
  async ({ client }: Place): Promise<unknown> =>
    client.update(
      certificateSigningRequests,
      {
        ...(await client.get(certificateSigningRequests, { name })),
        status: { conditions: [{ type, status: 'True', reason: 'Tested', message: 'for the test' }] },
      } as any,
      { subresource: 'approval' },
    )
const approve = answer('Approved')
const deny = answer('Denied')

export const clusterScenarios: readonly Scenario[] = [
  {
    name: 'certificate',
    steps: [
      step('asked for', make(certificateSigningRequests, 'certificate-client', signer('kubernetes.io/kube-apiserver-client'))),
      step('approved', approve('certificate-client')),
      step('of no node', make(certificateSigningRequests, 'certificate-node', signer('kubernetes.io/kube-apiserver-client-kubelet'))),
      step('approved all the same', approve('certificate-node')),
    ],
  },
  {
    name: 'cert-kubelet',
    steps: [
      step(
        'of a node, by one who may',
        make(certificateSigningRequests, 'cert-kubelet-node', {
          spec: {
            request: kubeletRequest,
            signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
            usages: ['digital signature', 'client auth'],
            expirationSeconds: 86400,
          },
        }),
      ),
      step(
        'with other usages',
        make(certificateSigningRequests, 'cert-kubelet-usages', {
          spec: { request: kubeletRequest, signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['server auth'] },
        }),
      ),
      step('approved all the same', approve('cert-kubelet-usages')),
      step(
        'to serve',
        make(certificateSigningRequests, 'cert-kubelet-serving', {
          spec: { request: kubeletRequest, signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] },
        }),
      ),
      step('approved too', approve('cert-kubelet-serving')),
      step(
        'of no known signer',
        all(
          make(certificateSigningRequests, 'cert-kubelet-other', {
            spec: { request: kubeletRequest, signerName: 'example.com/mine', usages: ['client auth'] },
          }),
          approve('cert-kubelet-other'),
        ),
      ),
      step('denied', all(make(certificateSigningRequests, 'cert-kubelet-denied', signer('kubernetes.io/kube-apiserver-client')), deny('cert-kubelet-denied'))),
    ],
  },
  {
    name: 'range',
    steps: [step('made', make(serviceCIDRs, 'range-more', { spec: { cidrs: ['10.97.0.0/24'] } })), step('deleted', remove(serviceCIDRs, 'range-more'))],
  },
  { name: 'every-namespace', steps: [step('made', async () => undefined)] },
  {
    name: 'namespace-held',
    steps: [
      step('content', make(configMaps, 'held', { data: { a: 'b' } }, { finalizers: ['example.com/hold'] })),
      step('deleted', ({ client, namespace }) => client.delete(namespaces, { name: namespace })),
      step('let go', change(configMaps, 'held', { metadata: { finalizers: null } })),
    ],
  },
  {
    name: 'disruption-budget',
    steps: [
      step('without pods', make(podDisruptionBudgets, 'web', { spec: { minAvailable: 2, selector } })),
      step('with pods', make(replicaSets, 'web', { spec: { replicas: 3, selector, template: template() } })),
      step('fraction', change(podDisruptionBudgets, 'web', { spec: { minAvailable: null, maxUnavailable: '50%' } })),
      step('bare pod', make(pods, 'bare', { spec: template().spec }, { labels: { app: 'web' } })),
    ],
  },
  {
    name: 'quota',
    steps: [
      step(
        'empty',
        make(resourceQuotas, 'all', {
          spec: { hard: { pods: '5', 'requests.cpu': '2', 'count/configmaps': '10', services: '3', 'count/replicasets.apps': '2' } },
        }),
      ),
      step('scoped', make(resourceQuotas, 'best', { spec: { hard: { pods: '5' }, scopes: ['BestEffort'] } })),
      step('used', make(pods, 'small', { spec: { containers: [container('app:1', { resources: { requests: { cpu: '100m' } } })] } })),
      step('freed', remove(pods, 'small')),
    ],
  },
  {
    name: 'budget-others',
    steps: [
      step(
        'of a Deployment',
        all(
          make(deployments, 'web', { spec: { replicas: 4, selector, template: template() } }),
          make(podDisruptionBudgets, 'percent', { spec: { maxUnavailable: '30%', selector } }),
          make(podDisruptionBudgets, 'none', { spec: { minAvailable: 1, selector: { matchLabels: { app: 'nobody' } } } }),
        ),
      ),
      step('scaled', change(deployments, 'web', { spec: { replicas: 2 } })),
      step(
        'unready ones beside',
        make(replicaSets, 'ill', { spec: { replicas: 2, selector: { matchLabels: { app: 'ill' } }, template: template({ app: 'ill', does: 'unready' }) } }),
      ),
      step(
        'a budget of them',
        make(podDisruptionBudgets, 'ill', { spec: { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: { app: 'ill' } } } }),
      ),
      step(
        'evictions that never came',
        change(podDisruptionBudgets, 'percent', { status: { disruptedPods: { gone: '2026-01-01T00:00:00Z' }, expectedPods: 9 } }, 'status'),
      ),
      step(
        'of a controller that nobody knows',
        all(
          make(
            pods,
            'foreign',
            { spec: template().spec },
            {
              labels: { app: 'foreign' },
              ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: '00000000-0000-0000-0000-000000000009', controller: true }],
              finalizers: ['example.com/hold'],
            },
          ),
          make(podDisruptionBudgets, 'foreign', { spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'foreign' } } } }),
        ),
      ),
    ],
    racingEvents: ['CalculateExpectedPodCountFailed', 'NoPods'],
  },
  {
    name: 'quota-scopes',
    steps: [
      step(
        'quotas',
        all(
          make(resourceQuotas, 'terminating', { spec: { hard: { pods: '5', 'limits.memory': '1Gi' }, scopes: ['Terminating'] } }),
          make(resourceQuotas, 'lasting', { spec: { hard: { pods: '5', 'requests.memory': '2Gi' }, scopes: ['NotTerminating', 'NotBestEffort'] } }),
          make(resourceQuotas, 'important', {
            spec: {
              hard: { pods: '5' },
              scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }] },
            },
          }),
          make(resourceQuotas, 'objects', {
            spec: {
              hard: {
                'services.nodeports': '2',
                'services.loadbalancers': '2',
                persistentvolumeclaims: '3',
                'requests.storage': '10Gi',
                'gold.storageclass.storage.k8s.io/requests.storage': '5Gi',
                'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
                secrets: '9',
                'count/jobs.batch': '4',
                'count/things.example.com': '3',
                'requests.example.com/gpu': '2',
                'requests.ephemeral-storage': '1Gi',
              },
            },
          }),
        ),
      ),
      step(
        'used',
        all(
          make(pods, 'short', {
            spec: { activeDeadlineSeconds: 600, containers: [container('app:1', { resources: { limits: { memory: '64Mi' }, requests: { memory: '32Mi' } } })] },
          }),
          make(pods, 'long', {
            spec: {
              initContainers: [{ name: 'first', image: 'app:1', resources: { requests: { memory: '512Mi' } } }],
              containers: [
                container('app:1', {
                  resources: { requests: { memory: '128Mi', 'ephemeral-storage': '100Mi', 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } },
                }),
              ],
            },
          }),
          make(pods, 'best', { spec: { containers: [container()] } }),
          make(services, 'outer', {
            spec: {
              type: 'LoadBalancer',
              ports: [
                { name: 'a', port: 80 },
                { name: 'b', port: 81 },
              ],
            },
          }),
          make(persistentVolumeClaims, 'gold', {
            spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage: '2Gi' } } },
          }),
        ),
      ),
      step(
        'done',
        make(
          pods,
          'done',
          { spec: { restartPolicy: 'Never', containers: [container('app:1', { resources: { requests: { memory: '64Mi' } } })] } },
          { labels: { does: 'exit-0' } },
        ),
      ),
      step('changed', change(resourceQuotas, 'terminating', { spec: { hard: { pods: '7', 'limits.memory': null, 'limits.cpu': '3' } } })),
    ],
    // Who asks whether there is a class may be first or not.
    racingEvents: ['ProvisioningFailed', 'UnsupportedMandatoryField', 'EnsuringLoadBalancer', 'EnsuredLoadBalancer', 'SyncLoadBalancerFailed'],
  },
  {
    name: 'autoscaler-without-target',
    steps: [step('made', make(horizontalPodAutoscalers, 'web', { spec: { ...target, metrics: [cpu] } }))],
  },
  {
    name: 'autoscaler-without-metrics',
    steps: [
      step('a target', make(deployments, 'web', { spec: { replicas: 1, selector, template: template() } })),
      step('made', make(horizontalPodAutoscalers, 'web', { spec: { ...target, metrics: [cpu] } })),
    ],
  },
  {
    name: 'autoscaler-disabled',
    steps: [
      step('a target', make(deployments, 'web', { spec: { replicas: 0, selector, template: template() } })),
      step('made', make(horizontalPodAutoscalers, 'web', { spec: { ...target, metrics: [cpu] } })),
    ],
  },
  {
    name: 'policy-types',
    steps: [
      step(
        'made',
        make(validatingAdmissionPolicies, 'policy-types', {
          spec: {
            matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }] },
            validations: [
              { expression: 'object.spec.replica > 1' },
              { expression: 'object.metadata.name == 1' },
              { expression: 'object.spec.replicas > 1', messageExpression: 'string(object.spec.nothing)' },
            ],
          },
        }),
      ),
    ],
  },
  {
    name: 'aggregated-role',
    steps: [
      step(
        'parts',
        make(
          clusterRoles,
          'aggregated-role-part',
          { rules: [{ apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }] },
          { labels: { 'example.com/part': 'yes' } },
        ),
      ),
      step(
        'whole',
        make(clusterRoles, 'aggregated-role-whole', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'example.com/part': 'yes' } }] }, rules: [] }),
      ),
    ],
  },
  {
    name: 'claims-of-pods',
    steps: [
      step(
        'a template',
        make(resourceClaimTemplates, 'gpu', {
          spec: { metadata: { labels: { from: 'template' } }, spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }] } } },
        }),
      ),
      step(
        'a pod',
        make(pods, 'user', {
          spec: {
            schedulingGates: [{ name: 'example.com/wait' }],
            resourceClaims: [{ name: 'card', resourceClaimTemplateName: 'gpu' }],
            containers: [container('app:1', { resources: { claims: [{ name: 'card' }] } })],
          },
        }),
      ),
      step(
        'another without its template',
        make(pods, 'lost', {
          spec: {
            schedulingGates: [{ name: 'example.com/wait' }],
            resourceClaims: [{ name: 'card', resourceClaimTemplateName: 'none' }],
            containers: [container()],
          },
        }),
      ),
      step('deleted', remove(pods, 'user')),
    ],
  },
]
