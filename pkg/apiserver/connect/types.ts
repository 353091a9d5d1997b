/** Contracts of the connect subresources: requests that are passed through to a kubelet, a pod or a service. */
import type { ApiRequest, ApiResponse } from '../types.ts'

/**
 * Serves one connect subresource for every method it accepts. What it is about (namespace, name, the rest of a
 * proxy path) is in `request.context.info`. It throws StatusError; when `request.upgrade` is present and the
 * backend switches protocols it takes the socket over and answers `{ upgraded: true }`.
 */
export type ConnectHandler = (request: ApiRequest) => Promise<ApiResponse>

/** By "resource/subresource": "pods/log", "pods/exec", "nodes/proxy" … */
export type ConnectHandlers = Readonly<Record<string, ConnectHandler>>

/** Where a kubelet answers. */
export interface KubeletLocation {
  readonly host: string
  readonly port: number
}
