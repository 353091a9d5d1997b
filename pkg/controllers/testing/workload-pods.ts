/** Pods of workloads in the namespace `n`, told apart by their label `app`, as the fault tests have them. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { isPodActive } from '../workload/pod-state.ts'

export const template = (app: string, image: string): any => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image }] } })
export const podsOf = (client: FakeClient, app: string): Pod[] => client.all(pods).filter(({ metadata }) => metadata.labels?.app === app)
export const alive = (client: FakeClient, app: string): Pod[] => podsOf(client, app).filter(isPodActive)
export const key = (name: string) => ({ namespace: 'n', name })

/** Ends pods that run, as a Job's program would. */
export async function endPods(client: FakeClient, app: string, phaseOf: (pod: Pod) => string | undefined): Promise<void> {
  for (const pod of podsOf(client, app)) {
    const phase = pod.status?.phase === 'Running' ? phaseOf(pod) : undefined
    if (!phase) continue
    const current = await client.get(pods, key(pod.metadata.name))
    await client.update(pods, { ...current, status: { ...current.status, phase } } as any, { subresource: 'status' })
  }
}
