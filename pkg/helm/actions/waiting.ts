/** Waiting, with what is told when it was for nothing. */
import type { Client } from '#client/types.ts'
import { createReader } from '#kubectl/why/reader.ts'
import { waitUntilReady, type WaitOptions } from '../cluster/wait.ts'
import type { ClusterObject } from '../cluster/objects.ts'
import { explain } from '../cluster/why.ts'
import type { ActionContext, WaitSettings } from './types.ts'

export function waitOptions({ cluster, clock, signal, err }: ActionContext, client: Client, { strategy, timeoutMs }: WaitSettings): WaitOptions {
  return {
    client,
    clock,
    strategy,
    timeoutMs,
    signal,
    async explain(lacking) {
      err(await explain(lacking, createReader({ client: async () => client, catalog: cluster.catalog, now: clock.now }), clock))
    },
  }
}

export async function waitForAll(context: ActionContext, objects: readonly ClusterObject[], wait: WaitSettings): Promise<void> {
  await waitUntilReady(objects, waitOptions(context, await context.cluster.client(), wait), { jobs: wait.jobs })
}
