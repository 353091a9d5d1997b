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

/** A call takes no longer than `requestTimeoutMs`, unless it gives a time of its own. Images may be another service's. */
export function openCri(socket: string, requestTimeoutMs?: number, imageSocket = socket): Cri {
  const connection = connectCri(socket, requestTimeoutMs)
  const images = imageSocket === socket ? connection : connectCri(imageSocket, requestTimeoutMs)
  return {
    runtime: runtimeService(connection),
    images: imageService(images),
    events: runtimeEvents(connection),
    close() {
      connection.close()
      if (images !== connection) images.close()
    },
  }
}
