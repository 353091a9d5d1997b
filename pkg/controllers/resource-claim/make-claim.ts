/** A claim for a pod, by a template. */
import type { Pod, PodResourceClaim } from '#api/gen/core/v1.ts'
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import { resourceClaims, resourceClaimTemplates } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Counter } from '#base/metric-set.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { isOwnedBy } from './pod-claims.ts'

/** Says which entry of the pod the claim is for. */
const entryAnnotation = 'resource.kubernetes.io/pod-claim-name'
/** Of 63 characters, five are the server's, and one is a hyphen. */
const maxBaseLength = 57

/** One that a crash left without being named in the pod's status is taken up again. `remembered`: what we made, if the cache is late. */
export async function makeClaim(
  pod: Pod,
  entry: PodResourceClaim,
  remembered: ResourceClaim | undefined,
  creates: Counter,
  context: ControllerContext,
): Promise<ResourceClaim> {
  const { cache, client } = context
  const { namespace, name, uid } = pod.metadata
  const found = cache(resourceClaims)
    .byIndex('owner', uid)
    .find((claim) => claim.metadata.annotations?.[entryAnnotation] === entry.name)
  if (found) return found
  if (remembered && (await isThere(remembered, pod, context))) return remembered
  const templateName = entry.resourceClaimTemplateName ?? ''
  const template = cache(resourceClaimTemplates).get(namespace, templateName)
  if (!template) throw new Error(`resource claim template "${templateName}": resourceclaimtemplate.resource.k8s.io "${templateName}" not found`)
  const { labels, annotations } = template.spec.metadata ?? {}
  const draft = {
    metadata: {
      namespace: namespace!,
      generateName: generateName(name, entry.name),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid: uid!, controller: true }],
      annotations: { ...annotations, [entryAnnotation]: entry.name },
      ...(labels ? { labels } : {}),
    },
    spec: template.spec.spec,
  }
  const count = (status: 'success' | 'failure'): void => creates.add({ status, admin_access: String(hasAdminAccess(draft as never)) })
  try {
    const made = await client.create(resourceClaims, draft as never)
    count('success')
    return made
  } catch (error) {
    count('failure')
    throw error
  }
}

/** Whether any of its requests is an administrator's look at a device that is in use. */
export function hasAdminAccess({ spec }: Pick<ResourceClaim, 'spec'>): boolean {
  return spec?.devices?.requests?.some(({ exactly }) => exactly?.adminAccess === true) ?? false
}

async function isThere({ metadata }: ResourceClaim, pod: Pod, { client }: ControllerContext): Promise<boolean> {
  try {
    return isOwnedBy(await client.get(resourceClaims, { namespace: metadata.namespace, name: metadata.name }), pod)
  } catch (error) {
    // Not to know is no reason to make another.
    if (isNotFound(error)) return false
    throw error
  }
}

/** Of names that are too long both are shortened, in proportion. */
export function generateName(podName: string, entryName: string): string {
  const whole = `${podName}-${entryName}-`
  if (whole.length <= maxBaseLength) return whole
  const share = (text: string): string => text.slice(0, Math.floor((text.length * maxBaseLength) / whole.length))
  return `${share(podName)}-${share(entryName)}`
}
