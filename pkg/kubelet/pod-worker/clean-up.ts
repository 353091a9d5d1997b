/** The step of a pod of which nothing runs: what it held goes back, and a deleted one goes from the API and the runtime as well. */
import { rmSync } from 'node:fs'
import { pods } from '#api/gen/resources.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { KubeletContext } from '../context.ts'
import { removePod } from '../runtime/kill.ts'
import type { PodLife } from './pod-life.ts'
import type { Step } from './types.ts'

export const cleanUp: Step = async ({ context, life, isClosing }) => {
  const { uid } = life
  await giveBack(context, life)
  if (!life.isDeleted) return undefined
  if (!life.isOrphan) {
    await context.statuses.settled(uid)
    // The last status may not be written: the next kubelet does it, and then deletes the pod.
    if (isClosing()) return undefined
    await deleteFromApi(context, life)
  }
  await removeFromRuntime(context, life)
  context.cgroups.remove(uid)
  rmSync(context.paths.podLogs(life.pod), { recursive: true, force: true })
  context.statuses.forget(uid)
  context.allocations.forget(uid)
  life.move('forgotten')
  return undefined
}

async function giveBack({ volumes, topology, claims, cgroups, images }: KubeletContext, { uid }: PodLife): Promise<void> {
  await volumes.tearDown(uid)
  topology.release(uid)
  await claims.release(uid)
  cgroups.remove(uid)
  images.forgetPod(uid)
}

async function deleteFromApi({ client }: KubeletContext, { pod, uid }: PodLife): Promise<void> {
  const { namespace, name } = pod.metadata
  await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }).catch((error) => {
    if (!isNotFound(error) && !isConflict(error)) throw error
  })
}

/** The runtime is asked before and after: a call that was given up may have been done since, and must not outlive the pod. */
async function removeFromRuntime(context: KubeletContext, life: PodLife): Promise<void> {
  await life.lookAgain(context.cri)
  await removePod(context, life.runtime)
  await life.lookAgain(context.cri)
  if (life.runtime.containers.length + life.runtime.sandboxes.length > 0) throw new Error('the runtime still has something of a pod that was removed')
}
