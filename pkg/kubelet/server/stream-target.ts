/** Which container or sandbox a stream is for. */
import { findContainer } from '../runtime/containers.ts'
import { podIps, readySandbox } from '../runtime/pod-runtime.ts'
import type { StreamTarget } from '../types.ts'
import { HttpError } from './http-error.ts'
import type { KubeletServerOptions } from './server.ts'

/** One that attaches to nothing is refused before anything is looked at. */
export function refuseNoStreams(query: URLSearchParams): void {
  if (!['input', 'output', 'error'].some((name) => query.get(name) === '1')) throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr')
}

/** /exec/NS/POD[/UID]/CONTAINER, /attach the same, /portForward/NS/POD[/UID]. */
export function streamTarget({ pods, nodeAddress }: KubeletServerOptions, url: URL): StreamTarget {
  const [, kind, namespace = '', name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
  if (kind !== 'exec' && kind !== 'attach' && kind !== 'portForward') throw new HttpError(404, '404 page not found')
  const pod = pods.get(namespace, name)
  if (!pod) throw new HttpError(404, 'pod does not exist')
  const { uid } = pod.metadata
  const container = kind === 'portForward' ? undefined : rest.at(-1)
  if (container !== undefined && !findContainer(pod, container)) throw new HttpError(404, `container ${container} not found in pod ${name}_${namespace}`)
  const status = pods.runtimeStatus(uid)
  const hostNetwork = pod.spec.hostNetwork === true
  return {
    kind,
    pod,
    containerId: container === undefined ? undefined : pods.containerId(uid, container),
    sandboxId: status ? readySandbox(status)?.id : undefined,
    podAddress: hostNetwork ? nodeAddress : podIps(status ? readySandbox(status) : undefined, nodeAddress)[0],
    hostNetwork,
    query: url.searchParams,
  }
}
