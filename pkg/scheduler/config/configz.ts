/** What kube-scheduler shows at /configz: the file's KubeSchedulerConfiguration, complete with upstream's defaults. */
import { parseDocument } from 'yaml'
import type { PluginRef, PluginSet, ProfileConfiguration, SchedulerConfiguration } from './types.ts'
import { withoutNulls } from './value-types.ts'

export const configzName = 'componentconfig'

const apiVersion = 'kubescheduler.config.k8s.io/v1'
const points = [
  ...['preEnqueue', 'queueSort', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'reserve', 'permit', 'preBind', 'bind', 'postBind'],
  ...['multiPoint', 'placementGenerate', 'placementScore'],
]
/** In the order in which they are called, with their weights. */
const multiPoint: readonly (readonly [name: string, weight: number])[] = [
  ['SchedulingGates', 0],
  ['PrioritySort', 0],
  ['NodeUnschedulable', 0],
  ['NodeName', 0],
  ['TaintToleration', 3],
  ['NodeAffinity', 2],
  ['NodePorts', 0],
  ['NodeResourcesFit', 1],
  ['VolumeRestrictions', 0],
  ['NodeVolumeLimits', 0],
  ['VolumeBinding', 0],
  ['VolumeZone', 0],
  ['PodTopologySpread', 2],
  ['InterPodAffinity', 2],
  ['DynamicResources', 2],
  ['DefaultPreemption', 0],
  ['NodeResourcesBalancedAllocation', 1],
  ['ImageLocality', 1],
  ['DefaultBinder', 0],
  ['NodeDeclaredFeatures', 0],
]
const resources = ['cpu', 'memory'].map((name) => ({ name, weight: 1 }))
const defaultArgs: Readonly<Record<string, object>> = {
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
  DynamicResources: { filterTimeout: '10s', bindingTimeout: '10m0s' },
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  NodeAffinity: {},
  NodeResourcesBalancedAllocation: { resources },
  NodeResourcesFit: { scoringStrategy: { type: 'LeastAllocated', resources } },
  PodTopologySpread: { defaultingType: 'System' },
  VolumeBinding: { bindTimeoutSeconds: 600 },
}

/** `text`: a file that could be read before; none: all by default. */
export function schedulerConfigz(text = '', flags: Readonly<Record<string, string>> = {}, elects = false): object {
  const config = withoutNulls(parseDocument(text).toJS() ?? {}) as SchedulerConfiguration & Record<string, any>
  const { leaderElect: _, ...election } = config.leaderElection ?? {}
  return {
    kind: 'KubeSchedulerConfiguration',
    apiVersion,
    parallelism: config.parallelism ?? 16,
    leaderElection: {
      leaderElect: elects,
      leaseDuration: flags['leader-elect-lease-duration'] ?? '15s',
      renewDeadline: flags['leader-elect-renew-deadline'] ?? '10s',
      retryPeriod: flags['leader-elect-retry-period'] ?? '2s',
      resourceLock: 'leases',
      resourceName: flags['leader-elect-resource-name'] ?? 'kube-scheduler',
      resourceNamespace: flags['leader-elect-resource-namespace'] ?? 'kube-system',
      ...election,
    },
    clientConnection: {
      kubeconfig: '',
      acceptContentTypes: '',
      contentType: 'application/json',
      qps: Number(flags['kube-api-qps'] || 0),
      burst: Number(flags['kube-api-burst'] || 0),
      ...config.clientConnection,
    },
    enableProfiling: false,
    enableContentionProfiling: false,
    percentageOfNodesToScore: config.percentageOfNodesToScore ?? 0,
    podInitialBackoffSeconds: config.podInitialBackoffSeconds ?? 1,
    podMaxBackoffSeconds: config.podMaxBackoffSeconds ?? 10,
    profiles: (config.profiles ?? [{}]).map(profileOf),
    ...(config.extenders ? { extenders: config.extenders } : {}),
  }
}

function profileOf({ schedulerName = 'default-scheduler', percentageOfNodesToScore, plugins = {}, pluginConfig = [] }: ProfileConfiguration): object {
  const given = new Set(pluginConfig.map(({ name }) => name))
  const rest = Object.keys(defaultArgs).filter((name) => !given.has(name))
  return {
    schedulerName,
    ...(percentageOfNodesToScore === undefined ? {} : { percentageOfNodesToScore }),
    plugins: Object.fromEntries(points.map((point) => [point, pluginSet(point === 'multiPoint' ? multiPoint : [], plugins[point])])),
    pluginConfig: [...pluginConfig, ...rest.map((name) => ({ name, args: {} }))].map(({ name, args }) => ({ name, args: argsOf(name, args ?? {}) })),
  }
}

/** Upstream's merging: one that the file names again takes the place of its default, others come after, and what is disabled is gone. */
function pluginSet(defaults: readonly (readonly [string, number])[], { enabled = [], disabled = [] }: PluginSet = {}): object {
  const off = new Set(disabled.map(({ name }) => name))
  const known = new Set(defaults.map(([name]) => name))
  const entry = ({ name, weight = 0 }: PluginRef): PluginRef => ({ name, weight })
  const kept = defaults
    .filter(([name]) => !off.has('*') && !off.has(name))
    .map(([name, weight]) => entry(enabled.find((each) => each.name === name) ?? { name, weight }))
  const placed = new Set(kept.map(({ name }) => name))
  const all = [...kept, ...enabled.filter(({ name }) => !known.has(name) || !placed.has(name)).map(entry)]
  return { ...(all.length > 0 ? { enabled: all } : {}), ...(disabled.length > 0 ? { disabled: disabled.map(entry) } : {}) }
}

function argsOf(name: string, args: Record<string, any>): object {
  const defaults: Record<string, any> = defaultArgs[name] ?? {}
  const { scoringStrategy } = defaults
  return {
    kind: `${name}Args`,
    apiVersion,
    ...defaults,
    ...args,
    ...(scoringStrategy ? { scoringStrategy: { ...scoringStrategy, ...args.scoringStrategy } } : {}),
  }
}
