/** The step of a pod that ends: hooks, signals, sidecars last, until the runtime says that nothing of it runs. */
import { killPod } from '../runtime/kill.ts'
import { ignoreNotFound } from '../runtime/pod-runtime.ts'
import { report } from './report.ts'
import type { Step } from './types.ts'

export const terminate: Step = async ({ context, life }) => {
  const { cri, probes, nodeAddress } = context
  report(context, life)
  // Its containers may use all of their time: one that is not ready meanwhile is told of, as it may have closed its doors to new connections.
  life.onNews = () => report(context, life)
  await killPod(context, { pod: life.pod, runtime: life.runtime, graceSeconds: life.graceSeconds, nodeAddress }).finally(() => {
    life.onNews = undefined
  })
  // One that was made and never started may be started yet, if the call that was given up is only late.
  for (const { id, state } of life.runtime.containers) if (state === 'created') await cri.runtime.removeContainer(id).catch(ignoreNotFound)
  await life.lookAgain(cri)
  if (life.runtime.containers.some(({ state }) => state === 'running')) throw new Error('containers still run after their pod was stopped')
  probes.remove(life.uid)
  life.move('stopped')
  report(context, life)
  return undefined
}
