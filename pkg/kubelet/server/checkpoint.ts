/** POST /checkpoint/NAMESPACE/POD/CONTAINER: the runtime writes the container's state into an archive ("Kubelet Checkpoint API", KEP-2008). */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { rfc3339 } from '#base/clock.ts'
import { containersOf } from '../runtime/containers.ts'
import { HttpError } from './http-error.ts'
import type { KubeletServerOptions } from './server.ts'

type Options = Pick<KubeletServerOptions, 'pods' | 'cri' | 'stats' | 'now'>

/** Answers the archive's path on the node; HttpErrors are upstream's, with the runtime's own words where it refuses. */
export async function checkpoint({ pods, cri, stats, now = Date.now }: Options, path: readonly string[], query: URLSearchParams): Promise<{ items: string[] }> {
  const [namespace = '', name = '', container = ''] = path
  const pod = pods.get(namespace, name)
  if (!pod) throw new HttpError(404, 'pod does not exist')
  if (!containersOf(pod).some((each) => each.container.name === container)) throw new HttpError(404, `container ${container} does not exist`)
  const last = query.getAll('timeout').at(-1)
  if (last !== undefined && !/^[+-]?\d+$/.test(last)) throw new HttpError(404, 'cannot parse value of timeout parameter')
  const directory = join(stats.rootDir, 'checkpoints')
  const location = join(directory, `checkpoint-${name}_${namespace}-${container}-${rfc3339(now())}.tar`)
  const fail = (why: string): never => {
    throw new HttpError(500, `checkpointing of ${namespace}/${name}/${container} failed (${why})`)
  }
  const containerId = pods.containerId(pod.metadata.uid, container) ?? fail(`container ${container} not found`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  await cri.runtime.checkpointContainer(containerId, location, Number(last ?? 0)).catch((error: Error) => fail(error.message))
  return { items: [location] }
}
