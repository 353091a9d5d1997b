/** Creates and deletes pods for a controller, with upstream's Events (RealPodControl). */
import type { Pod, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import type { Draft, KubeObject, OwnerReference } from '#apimachinery/object.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'

/** A pod by its template; `name` for those that have a stable one. */
export function podFromTemplate(template: PodTemplateSpec, parent: KubeObject, owner: OwnerReference, name?: string): Draft<Pod> {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const metadata = {
    ...(name ? { name } : { generateName: podGenerateName(parent.metadata.name) }),
    namespace: parent.metadata.namespace,
    ...(labels ? { labels: { ...labels } } : {}),
    ...(annotations ? { annotations: { ...annotations } } : {}),
    ...(finalizers ? { finalizers: [...finalizers] } : {}),
    ownerReferences: [owner],
  }
  return { metadata, spec: template.spec }
}

function podGenerateName(parentName: string): string {
  return parentName.length < 253 ? `${parentName}-` : parentName
}

export async function createPod({ client, events, log }: ControllerContext, parent: KubeObject, pod: Draft<Pod>): Promise<Pod> {
  try {
    const created = await client.create(pods, pod)
    events.event(parent, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
    return created
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      events.event(parent, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`)
      log.debug('could not create a pod', { error })
    }
    throw error
  }
}

/** A pod that is already gone is success to the caller only if it says so: the NotFound is thrown on. */
export async function deletePod({ client, events }: ControllerContext, parent: KubeObject, pod: Pod): Promise<void> {
  const { namespace, name, uid } = pod.metadata
  try {
    await client.delete(pods, { namespace, name }, { preconditions: { uid } })
    events.event(parent, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
  } catch (error) {
    if (!isNotFound(error)) events.event(parent, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`)
    throw error
  }
}

/** Creation is refused because the namespace is being deleted: nothing to report, nothing to retry. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
}
