/** What flags may not be, each by itself and beside one another; upstream's messages where it has one. */
import { signers, signingPair } from './signing.ts'
import { type ConcurrentFlag, concurrentFlags, type KnownFlag } from './known.ts'
import { durationMsFlag, fractionFlag, integerFlag } from '#apimachinery/flag-values.ts'

type Values = Readonly<Record<KnownFlag, string>> & { readonly given: ReadonlySet<KnownFlag> }

/** Each of upstream's controllers has words of its own for it; those that take anything, and then do nothing, have the commonest here. */
function atLeastOne(name: ConcurrentFlag): string {
  if (name.endsWith('service-endpoint-syncs')) return 'not be less than 1, but got'
  if (name === 'concurrent-resourceclaim-syncs') return 'be larger than 0, got'
  return name === 'concurrent-device-taint-eviction-syncs' ? 'be greater than zero, got' : 'be greater than 0, but got'
}

/** The bounds of both kinds of slices are checked with the workers of their controllers. */
const slices: Partial<Record<ConcurrentFlag, KnownFlag>> = {
  'concurrent-service-endpoint-syncs': 'max-endpoints-per-slice',
  'mirroring-concurrent-service-endpoint-syncs': 'mirroring-max-endpoints-per-subset',
}
const mostPerSlice = 1000
/** Of these a time that is none would be work without end; upstream takes it. */
const lasting = [
  'cluster-signing-duration',
  'horizontal-pod-autoscaler-sync-period',
  'legacy-service-account-token-clean-up-period',
  'min-resync-period',
  'namespace-sync-period',
  'node-monitor-grace-period',
  'node-monitor-period',
  'node-startup-grace-period',
  'pvclaimbinder-sync-period',
  'resource-quota-sync-period',
] as const
const fromZero = [
  'controller-shutdown-timeout',
  'controller-start-interval',
  'endpoint-updates-batch-period',
  'endpointslice-updates-batch-period',
  'horizontal-pod-autoscaler-cpu-initialization-period',
  'horizontal-pod-autoscaler-downscale-stabilization',
  'horizontal-pod-autoscaler-initial-readiness-delay',
  'mirroring-endpointslice-updates-batch-period',
] as const
const fractions = ['horizontal-pod-autoscaler-tolerance', 'node-eviction-rate', 'secondary-node-eviction-rate', 'unhealthy-zone-threshold'] as const
/** client-go waits for up to so many times as long. */
const jitterFactor = 1.2

/** All that is wrong, in upstream's order; what it finds out later, or never, after that. `strangers`: of --controllers. */
export function complaints(flags: Values, strangers: readonly string[]): string[] {
  const lock = flags['leader-elect-resource-lock'] === 'leases' ? [] : ['resourceLock value must be "leases"']
  return [...lock, ...strangers, ...ofSigning(flags), ...ofSyncs(flags), ...ofNumbers(flags), ...ofTimes(flags), ...ofElection(flags), ...ofRanges(flags)]
}

function ofSyncs(flags: Values): string[] {
  return concurrentFlags.flatMap((name) => {
    const count = integerFlag(flags, name)
    const most = name.endsWith('service-endpoint-syncs') ? 50 : 1000
    const own = count < 1 ? [`${name} must ${atLeastOne(name)} ${count}`] : count > most ? [`${name} must not be more than ${most}, but got ${count}`] : []
    return [...own, ...(Object.hasOwn(slices, name) ? ofSlices(flags, slices[name]!) : [])]
  })
}

function ofSlices(flags: Values, name: KnownFlag): string[] {
  const count = integerFlag(flags, name)
  if (count < 1) return [`${name} must not be less than 1, but got ${count}`]
  return count > mostPerSlice ? [`${name} must not be more than ${mostPerSlice}, but got ${count}`] : []
}

function ofNumbers(flags: Values): string[] {
  const found: string[] = []
  if (integerFlag(flags, 'large-cluster-size-threshold') < 0) found.push('large-cluster-size-threshold must not be less than 0')
  for (const name of fractions) if (fractionFlag(flags, name) < 0) found.push(`${name} must not be less than 0`)
  return found
}

function ofTimes(flags: Values): string[] {
  return [
    ...lasting.filter((name) => durationMsFlag(flags, name) <= 0).map((name) => `${name} must be greater than zero, but got ${flags[name]}`),
    ...fromZero.filter((name) => durationMsFlag(flags, name) < 0).map((name) => `${name} must not be less than zero, but got ${flags[name]}`),
  ]
}

/** client-go's, which upstream says when it begins to elect. */
function ofElection(flags: Values): string[] {
  const [lease, renew, retry] = (['leader-elect-lease-duration', 'leader-elect-renew-deadline', 'leader-elect-retry-period'] as const).map((name) =>
    durationMsFlag(flags, name),
  ) as [number, number, number]
  if (lease <= renew) return ['leaseDuration must be greater than renewDeadline']
  if (renew <= retry * jitterFactor) return ['renewDeadline must be greater than retryPeriod*JitterFactor']
  if (lease < 1) return ['leaseDuration must be greater than zero']
  if (renew < 1) return ['renewDeadline must be greater than zero']
  return retry < 1 ? ['retryPeriod must be greater than zero'] : []
}

function ofSigning(flags: Values): string[] {
  const found: string[] = []
  for (const { flag, called } of signers) {
    const { certificate, key } = signingPair(flags, flag)
    if (key && !certificate) found.push(`"${called}": cannot specify key without cert`)
    if (certificate && !key) found.push(`"${called}": cannot specify cert without key`)
  }
  const single = signingPair(flags, 'cluster-signing')
  const isSingle = single.certificate !== '' || single.key !== ''
  const isSpecific = signers.some(({ flag }) => Object.values(signingPair(flags, flag)).some((each) => each !== ''))
  if (isSingle && isSpecific) found.push('cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time')
  else if (isSingle && (single.certificate === '' || single.key === '')) found.push('need both --cluster-signing-cert-file and --cluster-signing-key-file')
  return found
}

/** The flag without a family is of clusters of one family, the others of those of two. */
function ofRanges(flags: Values): string[] {
  const found: string[] = []
  for (const name of ['node-cidr-mask-size', 'node-cidr-mask-size-ipv4', 'node-cidr-mask-size-ipv6'] as const) {
    if (!flags.given.has(name)) continue
    const size = integerFlag(flags, name)
    const most = name.endsWith('ipv4') ? 32 : 128
    if (size < 1 || size > most) found.push(`${name} must be between 1 and ${most}, but got ${size}`)
  }
  if (flags.given.has('node-cidr-mask-size') && (flags.given.has('node-cidr-mask-size-ipv4') || flags.given.has('node-cidr-mask-size-ipv6')))
    found.push('usage of --node-cidr-mask-size is not allowed with dual-stack clusters; use --node-cidr-mask-size-ipv4 and --node-cidr-mask-size-ipv6')
  return found
}
