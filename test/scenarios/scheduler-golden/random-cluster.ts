/** A cluster of every feature that scoring and filtering look at, and pods to place in it one after another, all from a seed. */

export interface RandomCluster {
  readonly namespaces: readonly any[]
  readonly nodes: readonly any[]
  /** Services and workloads, by path of their collection. */
  readonly objects: readonly (readonly [path: string, object: any])[]
  /** Pods that stand already. */
  readonly standing: readonly any[]
  readonly asked: readonly any[]
}

/** Numbers that are the same everywhere for the same seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const zone = 'topology.kubernetes.io/zone'
const hostname = 'kubernetes.io/hostname'
const keys = [zone, hostname, 'disk', 'rack']
const apps = ['a', 'b', 'c', 'd']
const effects = ['NoSchedule', 'PreferNoSchedule', 'PreferNoSchedule', 'NoExecute']

export function randomCluster(
  seed: number,
  nodeCount: number,
  standingCount: number,
  askedCount: number,
  schedulers: readonly string[] = [],
  prefix = 'seed',
): RandomCluster {
  const random = numbersOf(seed)
  const chance = (share: number): boolean => random() < share
  const whole = (below: number): number => Math.floor(random() * below)
  const one = <T>(of: readonly T[]): T => of[whole(of.length)]!
  const some = <T>(of: readonly T[], share: number): T[] => of.filter(() => chance(share))
  const maybe = (share: number, make: () => object): object => (chance(share) ? make() : {})
  const name = `${prefix}-${seed}`
  const namespaces = ['x', 'y'].map((each) => ({
    metadata: { name: `${name}-${each}`, labels: { team: each, 'kubernetes.io/metadata.name': `${name}-${each}` } },
  }))
  const names = namespaces.map(({ metadata }) => metadata.name)

  const selector = (): object =>
    chance(0.75)
      ? { matchLabels: { app: one(apps) } }
      : {
          matchExpressions: [
            { key: one(['app', 'tier']), operator: one(['In', 'NotIn']), values: some(apps, 0.5).concat('a') },
            ...(chance(0.3) ? [{ key: 'tier', operator: one(['Exists', 'DoesNotExist']) }] : []),
          ],
        }
  const podTerm = (): object => ({
    topologyKey: one(keys),
    ...maybe(0.9, () => ({ labelSelector: selector() })),
    ...maybe(0.3, () => ({ namespaces: some(names, 0.7) })),
    ...maybe(0.2, () => ({ namespaceSelector: chance(0.3) ? {} : { matchLabels: { team: one(['x', 'y']) } } })),
  })
  const keyed = (term: any): object =>
    !term.labelSelector ? term : { ...term, ...maybe(0.15, () => ({ matchLabelKeys: ['tier'] })), ...maybe(0.1, () => ({ mismatchLabelKeys: ['hash'] })) }
  const terms = (share: number): object => ({
    ...maybe(share * 0.4, () => ({ requiredDuringSchedulingIgnoredDuringExecution: [keyed(podTerm())] })),
    ...maybe(share, () => ({
      preferredDuringSchedulingIgnoredDuringExecution: Array.from({ length: 1 + whole(3) }, () => ({
        weight: 1 + whole(100),
        podAffinityTerm: keyed(podTerm()),
      })),
    })),
  })
  const expression = (): object =>
    one([
      () => ({ key: 'disk', operator: one(['In', 'NotIn']), values: some(['ssd', 'hdd', 'nvme'], 0.5).concat('ssd') }),
      () => ({ key: one(['disk', 'rack', zone, 'none']), operator: one(['Exists', 'DoesNotExist']) }),
      () => ({ key: 'cores', operator: one(['Gt', 'Lt']), values: [String(whole(32))] }),
      () => ({ key: zone, operator: 'NotIn', values: [one(['z1', 'z2', 'z3'])] }),
    ])()
  const nodeTerm = (): object => ({ matchExpressions: Array.from({ length: 1 + whole(2) }, expression) })
  const nodeAffinity = (): object => ({
    ...maybe(0.35, () => ({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: Array.from({ length: 1 + whole(2) }, nodeTerm) } })),
    ...maybe(0.7, () => ({
      preferredDuringSchedulingIgnoredDuringExecution: Array.from({ length: 1 + whole(3) }, () => ({ weight: 1 + whole(100), preference: nodeTerm() })),
    })),
  })
  const affinity = (own: number): object => {
    const made = {
      ...maybe(own * 0.8, () => ({ nodeAffinity: nodeAffinity() })),
      ...maybe(own * 0.7, () => ({ podAffinity: terms(0.9) })),
      ...maybe(own * 0.7, () => ({ podAntiAffinity: terms(0.8) })),
    }
    return Object.keys(made).length > 0 ? { affinity: made } : {}
  }
  const spread = (): object => {
    const taken = new Set<string>()
    const constraints = Array.from({ length: 1 + whole(2) }, () => {
      const whenUnsatisfiable = one(['DoNotSchedule', 'ScheduleAnyway', 'ScheduleAnyway'])
      return {
        topologyKey: one(keys),
        maxSkew: 1 + whole(4),
        whenUnsatisfiable,
        labelSelector: selector(),
        ...(whenUnsatisfiable === 'DoNotSchedule' ? maybe(0.3, () => ({ minDomains: 1 + whole(5) })) : {}),
        nodeAffinityPolicy: one(['Honor', 'Honor', 'Ignore']),
        nodeTaintsPolicy: one(['Honor', 'Ignore', 'Ignore']),
        ...maybe(0.25, () => ({ matchLabelKeys: ['hash'] })),
      }
    }).filter(({ topologyKey, whenUnsatisfiable }) => !taken.has(topologyKey + whenUnsatisfiable) && taken.add(topologyKey + whenUnsatisfiable))
    return { topologySpreadConstraints: constraints }
  }
  const amounts = (): Record<string, string> => ({
    ...maybe(0.75, () => ({ cpu: one(['50m', '100m', '250m', '333m', '500m', '1']) })),
    ...maybe(0.75, () => ({ memory: one(['64Mi', '128Mi', '300Mi', '500M', '1Gi', '1234567890']) })),
    ...maybe(0.1, () => ({ 'ephemeral-storage': one(['1Gi', '2G']) })),
  })
  const container = (index: number, extended: boolean): any => {
    const requests: Record<string, string> = amounts()
    const limits: Record<string, string> = {}
    if (extended && chance(0.08)) requests['example.test/gpu'] = limits['example.test/gpu'] = one(['1', '2'])
    if (chance(0.1) && !requests.cpu) limits.cpu = requests.cpu = '700m'
    const ports = chance(0.06)
      ? [{ containerPort: 80, protocol: one(['TCP', 'UDP']), hostPort: one([8080, 8081]), ...maybe(0.3, () => ({ hostIP: one(['127.0.0.1', '10.0.0.1']) })) }]
      : undefined
    return {
      name: `c${index}`,
      image: one(['example.test/big:1', 'example.test/small:1', 'example.test/plain', 'example.test/other:2']),
      resources: { ...(Object.keys(requests).length > 0 ? { requests } : {}), ...(Object.keys(limits).length > 0 ? { limits } : {}) },
      ...(ports ? { ports } : {}),
    }
  }
  const nodeNames = Array.from({ length: nodeCount }, (_, index) => `${name}-n${String(index).padStart(2, '0')}`)
  const nodes = nodeNames.map((nodeName) => {
    const size = {
      cpu: one(['2', '4', '8', '15900m', '32']),
      memory: one(['4Gi', '8Gi', '16G', '32Gi', '15999999999']),
      pods: chance(0.1) ? '4' : '110',
      'ephemeral-storage': '10Gi',
      ...maybe(0.3, () => ({ 'example.test/gpu': one(['1', '2', '8']) })),
    }
    const taints = chance(0.35) ? some(['t1', 't2', 't3'], 0.5).map((key) => ({ key, value: one(['', 'v', 'w']), effect: one(effects) })) : []
    const images = some(['example.test/big:1', 'example.test/small:1', 'example.test/plain:latest', 'example.test/other:2'], 0.4).map((image) => ({
      names: [image, `${image.split(':')[0]}@sha256:${'0'.repeat(64)}`],
      sizeBytes: image.includes('big') ? 900_000_000 : image.includes('small') ? 30_000_000 : 250_000_000,
    }))
    return {
      metadata: {
        name: nodeName,
        labels: {
          [hostname]: nodeName,
          ...maybe(0.9, () => ({ [zone]: one(['z1', 'z2', 'z3']), 'topology.kubernetes.io/region': 'r' })),
          ...maybe(0.7, () => ({ disk: one(['ssd', 'hdd', 'nvme']) })),
          ...maybe(0.7, () => ({ rack: one(['r1', 'r2', 'r3', 'r4']) })),
          ...maybe(0.7, () => ({ cores: String(whole(40)) })),
        },
      },
      spec: { ...(taints.length > 0 ? { taints } : {}), ...maybe(0.05, () => ({ unschedulable: true })) },
      status: { capacity: size, allocatable: size, images, conditions: [{ type: 'Ready', status: 'True' }] },
    }
  })
  const pod = (podName: string, asked: boolean): any => {
    const share = asked ? 0.5 : 0.25
    const init = Array.from({ length: chance(0.2) ? 1 + whole(2) : 0 }, (_, index) => ({
      ...container(index + 10, false),
      ...maybe(0.4, () => ({ restartPolicy: 'Always' })),
    }))
    const tolerations = chance(0.4)
      ? some(['t1', 't2', 't3'], 0.6).map((key) => ({
          key,
          ...(chance(0.5) ? { operator: 'Exists' } : { operator: 'Equal', value: one(['', 'v', 'w']) }),
          ...maybe(0.6, () => ({ effect: one(['NoSchedule', 'PreferNoSchedule', 'NoExecute']) })),
        }))
      : []
    return {
      metadata: {
        name: podName,
        namespace: one(names),
        labels: {
          ...maybe(0.9, () => ({ app: one(apps) })),
          ...maybe(0.5, () => ({ tier: one(['a', 'b']) })),
          ...maybe(0.5, () => ({ hash: one(['1', '2']) })),
        },
      },
      spec: {
        ...(init.length > 0 ? { initContainers: init } : {}),
        containers: Array.from({ length: 1 + (chance(0.25) ? 1 : 0) }, (_, index) => container(index, true)),
        ...(tolerations.length > 0 ? { tolerations } : {}),
        ...maybe(asked ? 0.15 : 0, () => ({ nodeSelector: { disk: one(['ssd', 'hdd', 'nvme']) } })),
        ...affinity(share),
        ...maybe(asked ? 0.35 : 0.05, spread),
        ...maybe(0.1, () => ({ resources: { requests: { cpu: '4', memory: '3Gi' } } })),
      },
    }
  }
  const standing = Array.from({ length: standingCount }, (_, index) => {
    const made = pod(`s${index}`, false)
    return { ...made, spec: { ...made.spec, nodeName: one(nodeNames) } }
  })
  const asked = Array.from({ length: askedCount }, (_, index) => {
    const made = pod(`p${index}`, true)
    return schedulers.length === 0 ? made : { ...made, spec: { ...made.spec, schedulerName: schedulers[index % schedulers.length] } }
  })
  const objects = names.flatMap((namespace) =>
    apps
      .slice(0, 2)
      .flatMap((app): [string, any][] => [
        [
          `/api/v1/namespaces/${namespace}/services`,
          { metadata: { name: `of-${app}`, namespace }, spec: { selector: { app }, clusterIP: 'None', ports: [{ port: 80 }] } },
        ],
      ]),
  )
  return { namespaces, nodes, objects, standing, asked }
}
