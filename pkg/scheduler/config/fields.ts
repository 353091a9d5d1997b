/** The fields of KubeSchedulerConfiguration kubescheduler.config.k8s.io/v1 (1.36) as data: what is not here is a mistake in the file. */

export interface Fields {
  readonly [name: string]: Fields | readonly [Fields] | 'any'
}

const plugin = { name: 'any', weight: 'any' } as const
const pluginSet = { enabled: [plugin], disabled: [plugin] } as const
const pluginPoints = ['preEnqueue', 'queueSort', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'reserve', 'permit', 'preBind', 'bind', 'postBind']

const leaderElection = {
  leaderElect: 'any',
  leaseDuration: 'any',
  renewDeadline: 'any',
  retryPeriod: 'any',
  resourceLock: 'any',
  resourceName: 'any',
  resourceNamespace: 'any',
} as const

const extender = {
  urlPrefix: 'any',
  filterVerb: 'any',
  preemptVerb: 'any',
  prioritizeVerb: 'any',
  weight: 'any',
  bindVerb: 'any',
  enableHTTPS: 'any',
  tlsConfig: { insecure: 'any', serverName: 'any', certFile: 'any', keyFile: 'any', caFile: 'any', certData: 'any', keyData: 'any', caData: 'any' },
  httpTimeout: 'any',
  nodeCacheCapable: 'any',
  managedResources: [{ name: 'any', ignoredByScheduler: 'any' }],
  ignorable: 'any',
} as const

export const fields: Fields = {
  apiVersion: 'any',
  kind: 'any',
  parallelism: 'any',
  leaderElection,
  clientConnection: { kubeconfig: 'any', acceptContentTypes: 'any', contentType: 'any', qps: 'any', burst: 'any' },
  enableProfiling: 'any',
  enableContentionProfiling: 'any',
  percentageOfNodesToScore: 'any',
  podInitialBackoffSeconds: 'any',
  podMaxBackoffSeconds: 'any',
  profiles: [
    {
      schedulerName: 'any',
      percentageOfNodesToScore: 'any',
      plugins: Object.fromEntries([...pluginPoints, 'multiPoint'].map((point) => [point, pluginSet])),
      pluginConfig: [{ name: 'any', args: 'any' }],
    },
  ],
  extenders: [extender],
  delayCacheUntilActive: 'any',
}

const shape = [{ utilization: 'any', score: 'any' }] as const
const typeMeta = { apiVersion: 'any', kind: 'any' } as const

/** Of the arguments that plugins take. */
export const argumentFields: Readonly<Record<string, Fields>> = {
  DefaultPreemption: { ...typeMeta, minCandidateNodesPercentage: 'any', minCandidateNodesAbsolute: 'any' },
  InterPodAffinity: { ...typeMeta, hardPodAffinityWeight: 'any', ignorePreferredTermsOfExistingPods: 'any' },
  NodeResourcesFit: {
    ...typeMeta,
    ignoredResources: 'any',
    ignoredResourceGroups: 'any',
    scoringStrategy: { type: 'any', resources: [{ name: 'any', weight: 'any' }], requestedToCapacityRatio: { shape } },
  },
  NodeResourcesBalancedAllocation: { ...typeMeta, resources: [{ name: 'any', weight: 'any' }] },
  NodeAffinity: { ...typeMeta, addedAffinity: 'any' },
  PodTopologySpread: { ...typeMeta, defaultConstraints: 'any', defaultingType: 'any' },
  VolumeBinding: { ...typeMeta, bindTimeoutSeconds: 'any', shape },
  DynamicResources: { ...typeMeta, filterTimeout: 'any', bindingTimeout: 'any' },
}

/** The paths of what no table knows, as "profiles[0].plugin". */
export function unknownFields(value: unknown, table: Fields, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => {
    const path = at === '' ? name : `${at}.${name}`
    const known = Object.hasOwn(table, name) ? table[name]! : undefined
    if (known === undefined) return [path]
    if (known === 'any') return []
    if (!isList(known)) return unknownFields(each, known, path)
    return Array.isArray(each) ? each.flatMap((item, index) => unknownFields(item, known[0], `${path}[${index}]`)) : []
  })
}

function isList(known: Fields | readonly [Fields]): known is readonly [Fields] {
  return Array.isArray(known)
}
