/** `import { startControlPlane } from 'k8ts'`: all that the package gives to other programs. docs/library.md tells how to use it. */
export { systemClock, type Clock } from '#base/clock.ts'
export { createLogger, silentLogger, type Logger } from '#base/log.ts'
export * as resources from '#api/gen/resources.ts'
export type { Draft, KubeList, KubeObject, ObjectKey, ObjectMeta, ResourceRef } from '#apimachinery/object.ts'
export {
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
  isTooManyRequests,
  StatusError,
} from '#apimachinery/status-error.ts'
export type { AdmissionPlugin } from '#apiserver/types.ts'
export { createHttpsTransport, type HttpsTransportOptions } from '#client/https-transport.ts'
export { createInformerFactory } from '#client/informer.ts'
export type { Informer, InformerFactory } from '#client/informer-types.ts'
export { kubeconfigTransport, loadKubeconfig, parseKubeconfig } from '#client/kubeconfig.ts'
export { createClient } from '#client/rest.ts'
export type { Client, DeleteOptions, ListOptions, PatchOptions, Transport, WatchEvent, WatchOptions, WriteOptions } from '#client/types.ts'
export type { Kubeconfig } from '#cluster/pki/kubeconfig.ts'
export { startControlPlane } from './start.ts'
export type { ControlPlane, ControlPlaneOptions, ControlPlaneUser, ListenAt } from './types.ts'
