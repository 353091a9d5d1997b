/** Nodes, pods and what else situations are made of. */

export const zone = 'topology.kubernetes.io/zone'
export const hostname = 'kubernetes.io/hostname'

export interface NodeShape {
  readonly cpu?: string
  readonly memory?: string
  readonly pods?: string
  readonly extended?: Record<string, string>
  readonly labels?: Record<string, string>
  readonly spec?: object
  readonly status?: object
}

export function node(name: string, { cpu = '4', memory = '8Gi', pods = '110', extended = {}, labels = {}, spec = {}, status = {} }: NodeShape = {}): object {
  const size = { cpu, memory, pods, 'ephemeral-storage': '10Gi', ...extended }
  const conditions = [{ type: 'Ready', status: 'True' }]
  return { metadata: { name, labels: { [hostname]: name, ...labels } }, spec, status: { capacity: size, allocatable: size, conditions, ...status } }
}

export interface PodShape {
  readonly requests?: object
  readonly limits?: object
  readonly ports?: readonly object[]
  readonly image?: string
  readonly labels?: Record<string, string>
  readonly metadata?: object
  readonly init?: readonly object[]
}

export function pod(spec: object = {}, { requests, limits, ports, image = 'example.test/image:1', labels = {}, metadata = {}, init }: PodShape = {}): object {
  const resources = { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) }
  const containers = [{ name: 'c', image, resources, ...(ports ? { ports } : {}) }]
  return { metadata: { name: 'asked', labels, ...metadata }, spec: { ...(init ? { initContainers: init } : {}), containers, ...spec } }
}

export function on(nodeName: string, name: string, spec: object = {}, shape: PodShape = {}): object {
  return pod({ nodeName, ...spec }, { ...shape, metadata: { ...shape.metadata, name } })
}

export const taint = (key: string, effect: string, value?: string): object => ({ key, effect, ...(value === undefined ? {} : { value }) })
export const matching = (labels: object): object => ({ matchLabels: labels })
export const required = (...terms: object[]): object => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
})
export const expression = (key: string, operator: string, ...values: string[]): object => ({ key, operator, ...(values.length > 0 ? { values } : {}) })
export const near = (labels: object, topologyKey = hostname): object => ({ labelSelector: matching(labels), topologyKey })
export const together = (...terms: object[]): object => ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } })
export const apart = (...terms: object[]): object => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } })
export const spread = (topologyKey: string, more: object = {}): object => ({
  topologySpreadConstraints: [{ topologyKey, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: matching({ app: 'a' }), ...more }],
})
export const priority = (name: string, value: number, more: object = {}): readonly [string, object] => [
  '/apis/scheduling.k8s.io/v1/priorityclasses',
  { metadata: { name }, value, ...more },
]
export const priorities = [priority('low', 1), priority('middle', 100), priority('high', 1000)]
export const budget = (labels: object, minAvailable: number, disruptionsAllowed: number): readonly [string, object] => [
  '/apis/policy/v1/namespaces/NS/poddisruptionbudgets',
  {
    metadata: { name: 'budget' },
    spec: { minAvailable, selector: matching(labels) },
    status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: minAvailable, expectedPods: 1, observedGeneration: 1 },
  },
]
export const claim = (spec: object): readonly [string, object] => [
  '/api/v1/namespaces/NS/persistentvolumeclaims',
  { metadata: { name: 'claim' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec } },
]
export const storageClass = (mode: string, more: object = {}): readonly [string, object] => [
  '/apis/storage.k8s.io/v1/storageclasses',
  { metadata: { name: 'class' }, provisioner: 'example.test/none', volumeBindingMode: mode, ...more },
]
export const withClaim = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'claim' } }] }
export const three = [node('n1'), node('n2'), node('n3')]
export const half = { requests: { cpu: '2' } }
export const most = { requests: { cpu: '3' } }
