/** Waiting, with what is told when it was for nothing. */
import type { Client } from '#client/types.ts'
import { waitUntilReady, type WaitOptions } from '../cluster/wait.ts'
import type { ClusterObject } from '../cluster/objects.ts'
import type { ActionContext, WaitSettings } from './types.ts'

export function waitOptions({ clock, signal, log }: ActionContext, client: Client, { strategy, timeoutMs }: WaitSettings): WaitOptions {
  return {
    client,
    clock,
    strategy,
    timeoutMs,
    signal,
    explain({ resource, namespace, name }, reasons) {
      for (const reason of reasons) log('WARN', 'not ready', { resource: `${resource.kind}/${namespace}/${name}`, reason })
    },
  }
}

export async function waitForAll(context: ActionContext, objects: readonly ClusterObject[], wait: WaitSettings): Promise<void> {
  await waitUntilReady(objects, waitOptions(context, await context.cluster.client(), wait), { jobs: wait.jobs })
}
