/**
 * The admission plugins in upstream's order. Each plugin's mutating half runs first, in this order; the validating
 * halves follow, in this order again. Webhooks and policies come before ResourceQuota, which must be last because it
 * books what it lets through.
 */
import { namespaces } from '#api/gen/resources.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { certificateApproval, certificateSigning, certificateSubjectRestriction, clusterTrustBundleAttest } from './certificates.ts'
import { defaultIngressClass } from './default-ingress-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { type AdmissionConfigurations, defaultConfigurations } from './configuration.ts'
import { type Kinds, noKinds } from './kinds.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeDeclaredFeatureValidator } from './node-declared-features.ts'
import { nodeRestriction } from './node-restriction.ts'
import { createOptionalPlugins } from './optional/index.ts'
import { podResizeValidator } from './pod-resize.ts'
import { podSecurity } from './pod-security/index.ts'
import { mutatingAdmissionPolicy, validatingAdmissionPolicy } from './policy/index.ts'
import { pluginNames } from './plugin-names.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './quota/index.ts'
import { createMatcher } from './rules.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account.ts'
import { defaultStorageClass, persistentVolumeClaimResize, storageObjectInUseProtection } from './storage.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'
import type { AdmissionContext } from './types.ts'
import { createWebhookClient, mutatingAdmissionWebhook, validatingAdmissionWebhook } from './webhook/index.ts'

export type { AdmissionConfigurations } from './configuration.ts'
export { reconcileSystemPriorityClasses, systemPriorityClassSeed } from './priority.ts'
export type { AdmissionContext } from './types.ts'

export interface AdmissionOptions extends AdmissionContext {
  /** The kinds served, for webhooks and policies that match equivalent versions; ApiServer.kinds. */
  readonly kinds?: Kinds
  readonly log?: Logger
  /** Put between DefaultIngressClass and the policies: the RBAC escalation check. */
  readonly beforeQuota?: readonly AdmissionPlugin[]
  /** Names of plugins that are on beside the usual ones, and of those to leave out (upstream's --enable- and --disable-admission-plugins). */
  readonly enabled?: readonly string[]
  readonly disabled?: readonly string[]
  /** What their configuration file says. */
  readonly configurations?: AdmissionConfigurations
}

/** Registers its informers: call before the factory starts. */
export function createAdmissionPlugins(options: AdmissionOptions): readonly AdmissionPlugin[] {
  const kinds = options.kinds ?? noKinds
  const { configurations = defaultConfigurations, enabled = [], disabled = [] } = options
  const dynamic = {
    ...options,
    kinds,
    matcher: createMatcher(kinds, cachedReader(options, namespaces)),
    webhooks: createWebhookClient(options),
    log: options.log ?? silentLogger,
  }
  const plugins: readonly AdmissionPlugin[] = [
    namespaceLifecycle(options),
    limitRanger(options),
    serviceAccount(options),
    nodeRestriction(options),
    taintNodesByCondition(),
    podSecurity(options, configurations.podSecurity),
    priority(options),
    defaultTolerationSeconds(),
    defaultStorageClass(options),
    storageObjectInUseProtection(),
    persistentVolumeClaimResize(options),
    runtimeClass(options),
    certificateApproval(options),
    certificateSigning(options),
    clusterTrustBundleAttest(options),
    certificateSubjectRestriction(),
    defaultIngressClass(options),
    podTopologyLabels(options),
    nodeDeclaredFeatureValidator(options),
    podResizeValidator(options),
    ...(options.beforeQuota ?? []),
    mutatingAdmissionPolicy(dynamic),
    mutatingAdmissionWebhook(dynamic),
    validatingAdmissionPolicy(dynamic),
    validatingAdmissionWebhook(dynamic),
    resourceQuota(options, configurations.limitedResources),
  ]
  return inOrder([...plugins, ...createOptionalPlugins(enabled, options, configurations)]).filter(({ name }) => !disabled.includes(name))
}

/** Upstream's order; a plugin that it does not have stays behind the one that it stood behind. */
function inOrder(plugins: readonly AdmissionPlugin[]): readonly AdmissionPlugin[] {
  let place = 0
  const placed = plugins.map((plugin) => {
    const known = (pluginNames as readonly string[]).indexOf(plugin.name)
    place = known < 0 ? place : known
    return { plugin, place }
  })
  return placed.toSorted((a, b) => a.place - b.place).map(({ plugin }) => plugin)
}
