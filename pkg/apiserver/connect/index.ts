/** The connect subresources, by "resource/subresource". */
import type { ReadAccess } from '../cached-reader.ts'
import type { BackendTls } from './backend.ts'
import { locator } from './locate.ts'
import { podLogHandler } from './pod-log.ts'
import { podStreamHandler, podStreamPaths } from './pod-stream.ts'
import { proxyHandlers } from './proxy.ts'
import type { ConnectHandlers } from './types.ts'

export interface ConnectOptions extends ReadAccess {
  /** What the API server shows to kubelets, and the CA it expects of them. */
  readonly kubelet: BackendTls
}

/** Registers its informers: call before the factory starts. */
export function createConnectHandlers(options: ConnectOptions): ConnectHandlers {
  const { kubelet } = options
  const locate = locator(options)
  const streams = Object.entries(podStreamPaths).map(([name, pathOf]) => [name, podStreamHandler(locate, kubelet, pathOf)] as const)
  return { 'pods/log': podLogHandler(locate, kubelet), ...Object.fromEntries(streams), ...proxyHandlers(options, locate, kubelet) }
}
