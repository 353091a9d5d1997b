/** ImagePolicyWebhook: another server says of a pod's images whether they may run (docs: "ImagePolicyWebhook"; ImageReview imagepolicy.k8s.io/v1alpha1). */
import type { Pod } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'
import { ExpiringCache } from '../../expiring-cache.ts'
import type { AskReview } from '../../review-client.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { refuse } from '../refuse.ts'

export interface ImagePolicyOptions {
  readonly ask: AskReview
  readonly allowTtlMs: number
  readonly denyTtlMs: number
  /** What a server that does not answer amounts to. */
  readonly defaultAllow: boolean
}

interface ReviewStatus {
  readonly allowed?: boolean
  readonly reason?: string
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

const maxCached = 1024
const timeoutMs = 30_000
const prefix = 'imagepolicywebhook.image-policy.k8s.io/'

export function imagePolicyWebhook({ clock }: { readonly clock: Clock }, options: ImagePolicyOptions): AdmissionPlugin {
  const cache = new ExpiringCache<ReviewStatus>(clock, maxCached)
  return {
    name: 'ImagePolicyWebhook',
    handles: ({ operation, group, resource, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && group === '' && resource === 'pods' && ['', 'ephemeralcontainers'].includes(subresource),
    async validate(attributes) {
      const spec = specOf(attributes)
      const key = JSON.stringify(spec)
      let status = cache.get(key)
      if (!status) {
        try {
          status = (
            await options.ask({ kind: 'ImageReview', apiVersion: 'imagepolicy.k8s.io/v1alpha1', metadata: {}, spec, status: { allowed: false } }, timeoutMs)
          )?.status as ReviewStatus
        } catch (error) {
          if (!options.defaultAllow) throw refuse(attributes, refuse(attributes, (error as Error).message).message)
          attributes.annotate?.(`${prefix}failed-open`, 'true')
          return
        }
        cache.set(key, status ?? {}, status?.allowed ? options.allowTtlMs : options.denyTtlMs)
      }
      const { allowed, reason, auditAnnotations = {} } = status ?? {}
      for (const [name, value] of Object.entries(auditAnnotations)) attributes.annotate?.(`${prefix}${name}`, value)
      if (allowed) return
      throw refuse(attributes, reason ? `image policy webhook backend denied one or more images: ${reason}` : 'one or more images rejected by webhook backend')
    },
  }
}

function specOf({ object, subresource, namespace }: AdmissionAttributes): object {
  const { metadata, spec } = object as Pod
  const containers = subresource === '' ? [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])] : (spec?.ephemeralContainers ?? [])
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => name.includes('.image-policy.k8s.io/')))
  return {
    ...(containers.length > 0 ? { containers: containers.map(({ image }) => (image ? { image } : {})) } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    namespace,
  }
}
