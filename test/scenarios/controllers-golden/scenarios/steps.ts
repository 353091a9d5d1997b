/** The words of the scenarios: make, change, remove; and the templates that most of them share. */
import type { ResourceRef } from '#apimachinery/object.ts'
import type { DeleteOptions } from '#client/types.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { rfc3339 } from '../times.ts'
import type { Place, Step } from '../types.ts'

export const make =
  (of: ResourceRef<any>, name: string, content: object, metadata: object = {}) =>
  ({ client, namespace }: Place): Promise<unknown> =>
    client.create(of, { metadata: { ...(of.namespaced ? { namespace } : {}), name, ...metadata }, ...content } as any)

export const change =
  (of: ResourceRef<any>, name: string, patch: object, subresource?: string) =>
  ({ client, namespace }: Place): Promise<unknown> =>
    client.patch(of, { ...(of.namespaced ? { namespace } : {}), name }, patch, { type: 'merge', ...(subresource ? { subresource } : {}) })

export const remove =
  (of: ResourceRef<any>, name: string, options: DeleteOptions = {}) =>
  ({ client, namespace }: Place): Promise<unknown> =>
    client.delete(of, { ...(of.namespaced ? { namespace } : {}), name }, options)

/** One pod of a selector goes; which, does not matter where they are alike. */
export const removeOnePod =
  (labelSelector: string) =>
  async ({ client, namespace }: Place): Promise<unknown> => {
    const { items } = await client.list(pods, { namespace, labelSelector })
    return client.delete(pods, { namespace, name: items[0]!.metadata.name })
  }

const placeOf = ({ metadata, spec }: Pod): string => `${spec.nodeName}/${metadata.name}`

/** Of the running pods of a selector the one at `index`, by node and name, ends so, or says so: what its kubelet would write. */
export const podSays =
  (labelSelector: string, status: (at: string, pod: Pod) => object, index = 0) =>
  async ({ client, namespace, clock }: Place): Promise<unknown> => {
    const { items } = await client.list(pods, { namespace, labelSelector })
    const pod = items
      .filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.phase === 'Running')
      .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))[index]!
    const key = { namespace, name: pod.metadata.name }
    return client.patch(pods, key, { status: status(rfc3339(clock), pod) }, { type: 'strategic', subresource: 'status', fieldManager: 'kubelet' })
  }

/** A pod that ends with a code; `condition` is why it was ended. */
export const ended =
  (exitCode: number, condition?: { type: string; reason: string }) =>
  (at: string, pod: Pod): object => ({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: [
      ...['Ready', 'ContainersReady'].map((type) => ({ type, status: 'False', lastTransitionTime: at })),
      ...(condition ? [{ ...condition, status: 'True', message: condition.reason, lastTransitionTime: at }] : []),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: at, finishedAt: at } },
    })),
  })

export const all =
  (...acts: readonly Step['act'][]): Step['act'] =>
  async (place) => {
    for (const act of acts) await act(place)
  }

export const step = (name: string, act: Step['act']): Step => ({ name, act })

export const container = (image = 'app:1', more: object = {}) => ({ name: 'app', image, ...more })

export const template = (labels: object = {}, { image = 'app:1', ...more }: { image?: string; [key: string]: unknown } = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { terminationGracePeriodSeconds: 5, containers: [container(image)], ...more },
})

export const selector = { matchLabels: { app: 'web' } }
