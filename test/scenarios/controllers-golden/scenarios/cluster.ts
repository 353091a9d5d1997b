/** What the cluster itself looks after: namespaces, budgets, quotas, autoscalers, policies, roles, requests. */
import {
  certificateSigningRequests,
  clusterRoles,
  configMaps,
  deployments,
  horizontalPodAutoscalers,
  namespaces,
  podDisruptionBudgets,
  pods,
  replicaSets,
  resourceClaimTemplates,
  resourceQuotas,
  serviceCIDRs,
  validatingAdmissionPolicies,
} from '#api/gen/resources.ts'
import type { Place, Scenario } from '../types.ts'
import { change, container, make, remove, selector, step, template } from './steps.ts'

const target = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 }
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }

/** A PKCS#10 request of CN=jane. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1ZEQ0NBVHdDQVFBd0R6RU5NQXNHQTFVRUF3d0VhbUZ1WlRDQ0FTSXdEUVlKS29aSWh2Y05BUUVCQlFBRApnZ0VQQURDQ0FRb0NnZ0VCQUtWT0xsU0lmMTVzWDlQQzhNTGJhNHNxUTZ2NEVhaTd3Szdza0pmZ2dxZkNXV2tGCklvOWRmcVdVdmpaVS83NXo0eHZ6UXRCUWFUaEtMeDdXcDVPb3FMSnNMYm5QMnBXSHB6c2p2ZXR4djhKV0U3QloKc1RiQndKU1B4anh0eDZjUDR5dnpkVXE1QTRLc0RreEFvdEwxREY1L2dYNEpXZEFPQVRSUklVc3Arc3czNVUwNwp5VXhLS3k3dExzbng3WHVFcThXemt3aTBrVzlUOG1oamF6RkhiT3NIV0NCd09aWGRCSHd6TU5weFlDTGxESkQzCnkxOEN4OUVnSGlRWmRxTXBObVMwYXI0VWhmbE5mMmpRcm40UkZkbjBkVFcyM3ZPZlArdW9zLzdMVlhldG84WlkKdEpiU2ZFQnIwNDc4T1ZtZXRYZm02Uk9qZGVLdmc2RDRuRmpCZ3BFQ0F3RUFBYUFBTUEwR0NTcUdTSWIzRFFFQgpDd1VBQTRJQkFRQkFreFpDeXN2alBPTFJoanBOdWsxUkJ3OHY3MWpyN0d4cXRQVkdBeUI5V0Y3b2xQVEVJYnh4CkY5KzlLamE0Sm1VOHpZSWlNWWYvVEhxM3FQMmxiNFVyczh1U1VYRzlIK1RxYmNocEdkbnNFRERHUzdhQUxPUlUKUk1kMGFoUnhablNkNFE1dVZQK0RRL1lEbkc3bXlNajBnT2F5UHdQMjFxUy85Y3dPVmkwNDNuZmd2OURrVSsyOApnQ2Z6VnZpMHRGNE9NNE1BOFVqWU9YRnlKYm16V2VjU3djbG9aWkxyOUZuTVlBNGsvODllb2hrR2lLeGxHcjZGCjlNUU85RXQxMEhwWjRNTm1vbEdCV0h4R3NsYjQ3NGdOVXRuUmNQcUdjQzY2a3c1dFlOK04yZHJUQzYvZmxaZXYKaCtlcUZuYmdpNUo0T1hZRFBQTUxoN2dEQlpBSFlvR0YKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='
const signer = (signerName: string) => ({ spec: { request, signerName, usages: ['client auth'] } })
const approve =
  (name: string) =>
  async ({ client }: Place): Promise<unknown> =>
    client.update(
      certificateSigningRequests,
      {
        ...(await client.get(certificateSigningRequests, { name })),
        status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Tested', message: 'for the test' }] },
      } as any,
      { subresource: 'approval' },
    )

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
