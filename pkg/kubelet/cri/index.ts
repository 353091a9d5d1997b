/** Everything the kubelet needs of the container runtime, over one socket. */
import { connectCri } from './connection.ts'
import { runtimeEvents } from './events.ts'
import { imageService } from './image-service.ts'
import { runtimeService } from './runtime-service.ts'
import type { ImageService, RuntimeEvents, RuntimeService } from './types.ts'

export interface Cri {
  readonly runtime: RuntimeService
  readonly images: ImageService
  readonly events: RuntimeEvents
  close(): void
}

/** A call takes no longer than `requestTimeoutMs`, unless it gives a time of its own. */
export function openCri(socket: string, requestTimeoutMs?: number): Cri {
  const connection = connectCri(socket, requestTimeoutMs)
  return { runtime: runtimeService(connection), images: imageService(connection), events: runtimeEvents(connection), close: () => connection.close() }
}
