/** Objects go before their definition does (apiextensions' crd_finalizer). */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** Deletes what there is; answers how much is still there, held by finalizers. */
export async function cleanUp(client: Client, crd: CustomResourceDefinition): Promise<number> {
  const of = refOf(crd)
  if (!of) return 0
  const { items } = await client.list(of, { metadataOnly: true })
  if (of.namespaced) {
    for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace))) await client.deleteCollection(of, { namespace })
  } else if (items.length > 0) await client.deleteCollection(of, {})
  return items.length === 0 ? 0 : (await client.list(of, { metadataOnly: true })).items.length
}

/** A served version of the kind. */
function refOf({ spec, status }: CustomResourceDefinition): ResourceRef<KubeObject> | undefined {
  const version = spec.versions.find(({ storage, served }) => storage && served) ?? spec.versions.find(({ served }) => served)
  if (!version || !status.acceptedNames.plural) return undefined
  const { plural, kind } = status.acceptedNames
  return { group: spec.group, version: version.name, plural, kind, namespaced: spec.scope === 'Namespaced' }
}

/** The first DELETE of a definition: its objects are still to go. */
export function markForCleanup(crd: CustomResourceDefinition, now: number): void {
  const finalizers = crd.metadata.finalizers ?? []
  if (!finalizers.includes(cleanupFinalizer)) crd.metadata.finalizers = [...finalizers, cleanupFinalizer]
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    lastTransitionTime: rfc3339(now),
  } as const
  crd.status.conditions = [...(crd.status.conditions ?? []).filter(({ type }) => type !== 'Terminating'), condition]
}
