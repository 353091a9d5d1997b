/** A supervised process's side of the control socket. */
import type { Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { identify } from '../host/process-identity.ts'
import { connectControl, controlSocketPath, onJsonLines, send } from './control-socket.ts'

export interface LinkOptions {
  readonly dataDir: string
  readonly name: string
  readonly clock: Clock
  readonly log: Logger
  /** Starts a new supervisor; absent in processes inside a node's namespace. Safe to call too often. */
  readonly respawn?: () => void
}

export interface SupervisorLink {
  /** Tells the supervisor that this process serves. */
  ready(): void
  close(): void
}

const retryMs = 200
const orphanedAfterMs = 1_000

/** Keeps a connection to whichever supervisor there is; calls `respawn` when there has been none for a second. */
export function linkToSupervisor({ dataDir, name, clock, log, respawn }: LinkOptions): SupervisorLink {
  let socket: Socket | undefined
  let isReady = false
  let closed = false
  let lostAtMs: number | undefined

  const attach = async (): Promise<void> => {
    if (closed) return
    const connection = await connectControl(controlSocketPath(dataDir))
    if (!connection) {
      lostAtMs ??= clock.now()
      if (respawn && clock.now() - lostAtMs >= orphanedAfterMs) {
        log.warn('the supervisor is gone; starting a new one')
        lostAtMs = clock.now()
        respawn()
      }
      clock.after(retryMs, () => void attach())
      return
    }
    socket = connection
    lostAtMs = undefined
    onJsonLines(connection, () => {})
    connection.on('error', () => {})
    connection.on('close', () => {
      socket = undefined
      void attach()
    })
    send(connection, { op: 'hello', name, identity: identify(process.pid)!, ready: isReady })
  }
  void attach()
  return {
    ready() {
      isReady = true
      if (socket) send(socket, { op: 'ready' })
    },
    close() {
      closed = true
      socket?.destroy()
    },
  }
}
