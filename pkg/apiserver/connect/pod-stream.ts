/** pods/exec, pods/attach and pods/portforward: the upgraded connection is passed through to the kubelet byte for byte. */
import type { Pod } from '#api/gen/core/v1.ts'
import { badRequest } from '#apimachinery/status-error.ts'
import { type BackendTls, forward } from './backend.ts'
import { containerOf, type Locator } from './locate.ts'
import { isTrue } from './pod-log.ts'
import type { ConnectHandler } from './types.ts'

type PathOf = (pod: Pod, namespace: string, query: URLSearchParams) => string

/** What the kubelet calls the streams of the API's options. */
const streamNames = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const

function streamParameters(query: URLSearchParams): URLSearchParams {
  const passed = new URLSearchParams()
  for (const [name, kubeletName] of Object.entries(streamNames)) if (isTrue(query.get(name))) passed.set(kubeletName, '1')
  return passed
}

const execPath: PathOf = (pod, namespace, query) => {
  const passed = streamParameters(query)
  const command = query.getAll('command')
  if (command.length === 0) throw badRequest('you must specify at least one command for the container')
  for (const each of command) passed.append('command', each)
  return `/exec/${namespace}/${pod.metadata.name}/${containerOf(pod, query.get('container'))}?${passed}`
}

const attachPath: PathOf = (pod, namespace, query) =>
  `/attach/${namespace}/${pod.metadata.name}/${containerOf(pod, query.get('container'))}?${streamParameters(query)}`

const portForwardPath: PathOf = (pod, namespace, query) => {
  const ports = query.getAll('ports').join(',')
  return `/portForward/${namespace}/${pod.metadata.name}${ports === '' ? '' : `?${new URLSearchParams({ port: ports })}`}`
}

export const podStreamPaths: Readonly<Record<string, PathOf>> = { 'pods/exec': execPath, 'pods/attach': attachPath, 'pods/portforward': portForwardPath }

export function podStreamHandler(locate: Locator, tls: BackendTls, pathOf: PathOf): ConnectHandler {
  return async (request) => {
    const { namespace, name, subresource } = request.context.info
    const pod = await locate.pod(namespace, name)
    if (subresource !== 'portforward') containerOf(pod, request.query.get('container'))
    const nodeName = pod.spec?.nodeName
    if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
    const { host, port } = await locate.kubelet(nodeName)
    const path = pathOf(pod, namespace, request.query)
    if (!request.upgrade) throw badRequest(`Upgrade request required for pods/${subresource}`)
    return forward(request, { scheme: 'https', host, port, path, tls })
  }
}
