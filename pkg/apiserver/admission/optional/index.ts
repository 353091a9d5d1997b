/** The plugins that somebody has turned on. */
import { reviewClientOf } from '../../review-client.ts'
import type { AdmissionPlugin } from '../../types.ts'
import type { AdmissionConfigurations } from '../configuration.ts'
import type { Kinds } from '../kinds.ts'
import { optionalPlugins } from '../plugin-names.ts'
import type { AdmissionContext } from '../types.ts'
import { alwaysAdmit, alwaysDeny } from './always.ts'
import { alwaysPullImages } from './always-pull-images.ts'
import { limitPodHardAntiAffinityTopology } from './anti-affinity.ts'
import { denyServiceExternalIps } from './deny-service-external-ips.ts'
import { eventRateLimit } from './event-rate-limit.ts'
import { extendedResourceToleration } from './extended-resource-toleration.ts'
import { imagePolicyWebhook } from './image-policy-webhook.ts'
import { namespaceAutoProvision, namespaceExists } from './namespaces.ts'
import { ownerReferencesPermissionEnforcement } from './owner-references.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { podTolerationRestriction } from './pod-toleration-restriction.ts'

type OptionalPlugin = (typeof optionalPlugins)[number]

/** Registers their informers: call before the factory starts. */
export function createOptionalPlugins(
  enabled: readonly string[],
  context: AdmissionContext & { readonly kinds?: Kinds },
  { eventLimits, nodeSelectors, tolerations, imagePolicy }: AdmissionConfigurations,
): readonly AdmissionPlugin[] {
  const make: Readonly<Record<OptionalPlugin, () => AdmissionPlugin>> = {
    AlwaysAdmit: alwaysAdmit,
    NamespaceAutoProvision: () => namespaceAutoProvision(context),
    NamespaceExists: () => namespaceExists(context),
    LimitPodHardAntiAffinityTopology: limitPodHardAntiAffinityTopology,
    AlwaysPullImages: alwaysPullImages,
    ImagePolicyWebhook: () => {
      const { kubeConfigFile = '', allowTtlMs = 0, denyTtlMs = 0, defaultAllow = false } = imagePolicy ?? {}
      return imagePolicyWebhook(context, { ask: reviewClientOf(kubeConfigFile), allowTtlMs, denyTtlMs, defaultAllow })
    },
    PodNodeSelector: () => podNodeSelector(context, nodeSelectors),
    PodTolerationRestriction: () => podTolerationRestriction(context, tolerations),
    EventRateLimit: () => eventRateLimit(context, eventLimits),
    ExtendedResourceToleration: extendedResourceToleration,
    OwnerReferencesPermissionEnforcement: () => ownerReferencesPermissionEnforcement(context),
    DenyServiceExternalIPs: denyServiceExternalIps,
    AlwaysDeny: alwaysDeny,
  }
  return optionalPlugins.filter((name) => enabled.includes(name)).map((name) => make[name]())
}
