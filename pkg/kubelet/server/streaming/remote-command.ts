/** exec and attach for WebSocket clients: their channels on one side, the runtime's SPDY streams on the other. */
import type { WebSocket } from 'ws'
import { ChannelSocket } from './channel-socket.ts'
import { dialSpdy } from './dial-upgrade.ts'
import { channels, spdyCommandProtocols } from './protocols.ts'
import { SpdySession, type SpdyStream } from './spdy-session.ts'

export interface CommandStreams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** Which streams a request asks for. Upstream takes `input`, `output`, `error` of kubelet paths and `stdin` … alike. */
export function commandStreams(query: URLSearchParams): CommandStreams {
  const on = (...names: string[]): boolean => names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''))
  const tty = on('tty')
  return { stdin: on('stdin', 'input'), stdout: on('stdout', 'output'), stderr: on('stderr', 'error') && !tty, tty }
}

/** Runs until either side ends. `url`: what the runtime's Exec or Attach answered. */
export async function bridgeCommand(webSocket: WebSocket, url: string, wanted: CommandStreams): Promise<void> {
  // What the client sends before the runtime is there waits in its socket.
  webSocket.pause()
  const { socket, head } = await dialSpdy(url, spdyCommandProtocols.slice(0, 1))
  const session = new SpdySession(socket, head)
  let stdin: SpdyStream | undefined
  let resize: SpdyStream | undefined
  let openOutputs = 0
  const client = new ChannelSocket(webSocket, {
    onData(channel, data) {
      const stream = channel === channels.stdin ? stdin : channel === channels.resize ? resize : undefined
      if (stream && data.length > 0 && !stream.write(data)) client.pause()
    },
    onChannelClosed(channel) {
      if (channel === channels.stdin) stdin?.end()
    },
    onClosed: () => session.close(),
  })
  session.onDrain(() => client.resume())
  const toClient = (channel: number) => {
    openOutputs++
    return {
      onData(data: Buffer): void {
        if (client.send(channel, data)) return
        session.pause()
        client.whenDrained(() => session.resume())
      },
      onEnd(): void {
        openOutputs--
        if (openOutputs === 0) finish()
      },
    }
  }
  let status = ''
  const finish = (): void => {
    if (client.protocol.statusJson) client.send(channels.error, Buffer.from(status || JSON.stringify({ metadata: {}, status: 'Success' })))
    else if (status) client.send(channels.error, Buffer.from(failureText(status)))
    client.close()
    session.close()
  }
  // Upstream's order; the runtime waits for all of them before it starts.
  openOutputs++
  await session.open(
    { streamtype: 'error' },
    {
      onData(data) {
        if (status.length < 1 << 16) status += data.toString()
      },
      onEnd() {
        openOutputs--
        if (openOutputs === 0) finish()
      },
    },
  )
  if (wanted.stdin) stdin = await session.open({ streamtype: 'stdin' }, {})
  if (wanted.stdout) await session.open({ streamtype: 'stdout' }, toClient(channels.stdout))
  if (wanted.stderr) await session.open({ streamtype: 'stderr' }, toClient(channels.stderr))
  if (wanted.tty) resize = await session.open({ streamtype: 'resize' }, {})
  // An empty message on the lowest channel that is written tells the client that the connection stands.
  client.send(wanted.stdout ? channels.stdout : wanted.stderr ? channels.stderr : channels.error, Buffer.alloc(0))
  webSocket.resume()
  await session.closed
  client.close()
}

function failureText(status: string): string {
  try {
    const { status: outcome, message } = JSON.parse(status) as { status?: string; message?: string }
    return outcome === 'Success' ? '' : (message ?? '')
  } catch {
    return status
  }
}
