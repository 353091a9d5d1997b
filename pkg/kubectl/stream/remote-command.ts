/** exec and attach over WebSocket: remotecommand's version 5 of channels, or 4. */
import { spawnSync } from 'node:child_process'
import type { Session } from '../session.ts'
import type { Sink, Source } from '../types.ts'
import { openSocket } from './socket.ts'

export interface RemoteStreams {
  readonly stdin?: Source | undefined
  readonly stdout: Sink
  readonly stderr: Sink
  readonly tty: boolean
  readonly signal: AbortSignal
}

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const
/** More than this waiting to be sent, and reading of stdin pauses. */
const highWaterBytes = 1 << 20

/** The Status that the kubelet ended with. */
export async function remoteCommand(session: Session, path: string, streams: RemoteStreams): Promise<any> {
  const socket = await openSocket(session, path, ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
  const { stdin, stdout, stderr, tty, signal } = streams
  const send = (channel: number, data: Uint8Array | string): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data as string)]))
  }
  const raw = tty && stdin?.isTTY === true && stdin.setRawMode !== undefined
  const resize = (more = 0): void => send(channels.resize, JSON.stringify({ Width: (stdout.columns ?? 80) + more, Height: (stdout.rows ?? 24) + more }))
  const onResize = (): void => resize()
  const terminal = stdout as Sink & { on?(event: string, handler: () => void): void; off?(event: string, handler: () => void): void }
  if (tty && stdout.isTTY) {
    // One larger and back, so that what is attached to draws its screen anew.
    if (path.includes('/attach?')) resize(1)
    resize()
    terminal.on?.('resize', onResize)
  }
  if (raw) enterRaw(stdin!)
  const stop = (): void => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const ended = new Promise<any>((resolve, reject) => {
      let status: any
      socket.on('message', (message: Buffer) => {
        const [channel] = message
        const data = message.subarray(1)
        if (data.length === 0) return
        if (channel === channels.stdout) stdout.write(data)
        else if (channel === channels.stderr) stderr.write(data)
        else if (channel === channels.error) {
          try {
            status = JSON.parse(data.toString('utf8'))
          } catch {
            status = { status: 'Failure', message: data.toString('utf8') }
          }
        }
      })
      socket.once('close', () => resolve(status ?? { status: 'Success' }))
      socket.once('error', reject)
    })
    if (stdin) void pump(stdin, send, socket).catch(() => {})
    return await ended
  } finally {
    signal.removeEventListener('abort', stop)
    terminal.off?.('resize', onResize)
    if (raw) stdin!.setRawMode!(false)
    ;(stdin as { pause?(): void; unref?(): void } | undefined)?.pause?.()
    socket.terminate()
  }
}

async function pump(stdin: Source, send: (channel: number, data: Uint8Array | string) => void, socket: Awaited<ReturnType<typeof openSocket>>): Promise<void> {
  for await (const chunk of stdin) {
    if (socket.readyState !== socket.OPEN) return
    send(channels.stdin, chunk)
    while (socket.bufferedAmount > highWaterBytes && socket.readyState === socket.OPEN) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // Version 5 can end one stream; older servers end all with the connection.
  if (socket.protocol === 'v5.channel.k8s.io' && socket.readyState === socket.OPEN) socket.send(Buffer.from([channels.close, channels.stdin]))
}

/** Node's raw mode still turns each newline into two characters; the container's terminal has done that already. */
function enterRaw(stdin: Source): void {
  stdin.setRawMode!(true)
  if (stdin.fd !== undefined) spawnSync('stty', ['-opost'], { stdio: [stdin.fd, 'ignore', 'ignore'] })
}

/** The exit code that a Status tells of; undefined when it is a failure of another sort. */
export function exitCodeOfStatus(status: any): number | undefined {
  if (status.status === 'Success') return 0
  const cause = status.details?.causes?.find((each: any) => each.reason === 'ExitCode')
  return status.reason === 'NonZeroExitCode' && cause ? Number(cause.message) : undefined
}
