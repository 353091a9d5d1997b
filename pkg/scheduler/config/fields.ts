/** The fields of KubeSchedulerConfiguration kubescheduler.config.k8s.io/v1 (1.36) as data: what is not here is a mistake in the file. */

/** Under which a table of fields keeps the name of its Go type, which errors tell. */
export const goType: unique symbol = Symbol('Go type')

/** A scalar; or, with a Go type's name, an object that is looked into elsewhere. */
export type Leaf = 'any' | 'string' | 'int32' | 'int64' | 'bool' | 'float32' | 'duration' | 'bytes' | `v1.${string}`

export interface Fields {
  readonly [goType]: string
  readonly [name: string]: FieldType
}

export type FieldType = Leaf | Fields | readonly [Leaf | Fields]

const plugin = { [goType]: 'v1.Plugin', name: 'string', weight: 'int32' } as const
const pluginSet = { [goType]: 'v1.PluginSet', enabled: [plugin], disabled: [plugin] } as const
const pluginPoints = ['preEnqueue', 'queueSort', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'reserve', 'permit', 'preBind', 'bind', 'postBind']

const leaderElection: Fields = {
  [goType]: 'v1alpha1.LeaderElectionConfiguration',
  leaderElect: 'bool',
  leaseDuration: 'duration',
  renewDeadline: 'duration',
  retryPeriod: 'duration',
  resourceLock: 'string',
  resourceName: 'string',
  resourceNamespace: 'string',
}

const extender: Fields = {
  [goType]: 'v1.Extender',
  urlPrefix: 'string',
  filterVerb: 'string',
  preemptVerb: 'string',
  prioritizeVerb: 'string',
  weight: 'int64',
  bindVerb: 'string',
  enableHTTPS: 'bool',
  tlsConfig: {
    ...{ [goType]: 'v1.ExtenderTLSConfig', insecure: 'bool', serverName: 'string', certFile: 'string', keyFile: 'string', caFile: 'string' },
    ...{ certData: 'bytes', keyData: 'bytes', caData: 'bytes' },
  },
  httpTimeout: 'duration',
  nodeCacheCapable: 'bool',
  managedResources: [{ [goType]: 'v1.ExtenderManagedResource', name: 'string', ignoredByScheduler: 'bool' }],
  ignorable: 'bool',
}

const clientConnection: Fields = {
  ...{ [goType]: 'v1alpha1.ClientConnectionConfiguration', kubeconfig: 'string', acceptContentTypes: 'string', contentType: 'string' },
  ...{ qps: 'float32', burst: 'int32' },
}

export const fields: Fields = {
  [goType]: 'v1.KubeSchedulerConfiguration',
  apiVersion: 'string',
  kind: 'string',
  parallelism: 'int32',
  leaderElection,
  clientConnection,
  enableProfiling: 'bool',
  enableContentionProfiling: 'bool',
  percentageOfNodesToScore: 'int32',
  podInitialBackoffSeconds: 'int64',
  podMaxBackoffSeconds: 'int64',
  profiles: [
    {
      [goType]: 'v1.KubeSchedulerProfile',
      schedulerName: 'string',
      percentageOfNodesToScore: 'int32',
      plugins: { [goType]: 'v1.Plugins', ...Object.fromEntries([...pluginPoints, 'multiPoint'].map((point) => [point, pluginSet])) },
      pluginConfig: [{ [goType]: 'v1.PluginConfig', name: 'string', args: 'any' }],
    },
  ],
  extenders: [extender],
  delayCacheUntilActive: 'bool',
}

const shape = [{ [goType]: 'v1.UtilizationShapePoint', utilization: 'int32', score: 'int32' }] as const
const resources = [{ [goType]: 'v1.ResourceSpec', name: 'string', weight: 'int64' }] as const
const argsOf = (name: string) => ({ [goType]: `v1.${name}Args`, apiVersion: 'string', kind: 'string' }) as const
const spreadConstraint: Fields = {
  ...{ [goType]: 'v1.TopologySpreadConstraint', maxSkew: 'int32', topologyKey: 'string', whenUnsatisfiable: 'string', labelSelector: 'v1.LabelSelector' },
  ...{ minDomains: 'int32', nodeAffinityPolicy: 'string', nodeTaintsPolicy: 'string', matchLabelKeys: ['string'] },
}

/** Of the arguments that plugins take. */
export const argumentFields: Readonly<Record<string, Fields>> = {
  DefaultPreemption: { ...argsOf('DefaultPreemption'), minCandidateNodesPercentage: 'int32', minCandidateNodesAbsolute: 'int32' },
  InterPodAffinity: { ...argsOf('InterPodAffinity'), hardPodAffinityWeight: 'int32', ignorePreferredTermsOfExistingPods: 'bool' },
  NodeResourcesFit: {
    ...argsOf('NodeResourcesFit'),
    ignoredResources: ['string'],
    ignoredResourceGroups: ['string'],
    scoringStrategy: {
      ...{ [goType]: 'v1.ScoringStrategy', type: 'string', resources },
      requestedToCapacityRatio: { [goType]: 'v1.RequestedToCapacityRatioParam', shape },
    },
  },
  NodeResourcesBalancedAllocation: { ...argsOf('NodeResourcesBalancedAllocation'), resources },
  NodeAffinity: { ...argsOf('NodeAffinity'), addedAffinity: 'v1.NodeAffinity' },
  PodTopologySpread: { ...argsOf('PodTopologySpread'), defaultConstraints: [spreadConstraint], defaultingType: 'string' },
  VolumeBinding: { ...argsOf('VolumeBinding'), bindTimeoutSeconds: 'int64', shape },
  DynamicResources: { ...argsOf('DynamicResources'), filterTimeout: 'duration', bindingTimeout: 'duration' },
}

/** The paths of what no table knows, as "profiles[0].plugin". */
export function unknownFields(value: unknown, table: Fields, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => {
    const path = at === '' ? name : `${at}.${name}`
    const known = Object.hasOwn(table, name) ? table[name]! : undefined
    if (known === undefined) return [path]
    if (isLeaf(known)) return []
    if (!isList(known)) return unknownFields(each, known, path)
    const [item] = known
    return Array.isArray(each) && !isLeaf(item) ? each.flatMap((one, index) => unknownFields(one, item, `${path}[${index}]`)) : []
  })
}

export function isLeaf(known: FieldType): known is Leaf {
  return typeof known === 'string'
}

export function isList(known: FieldType): known is readonly [Leaf | Fields] {
  return Array.isArray(known)
}
