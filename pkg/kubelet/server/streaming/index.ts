/**
 * exec, attach and port-forward (upstream: kubelet's CRI streaming). The runtime serves each as a URL that speaks
 * SPDY/3.1. SPDY clients are handed through to it; WebSocket clients are translated, so that any CRI runtime
 * serves both kinds.
 */
import type { StreamTarget, UpgradeHandlers } from '../../types.ts'
import type { Cri } from '../../cri/index.ts'
import { acceptWebSocket } from './channel-socket.ts'
import { channelPortForward, queriedPorts, tunnelPortForward } from './port-forward.ts'
import { tunnelProtocol } from './protocols.ts'
import { bridgeCommand, commandStreams } from './remote-command.ts'
import { passSpdyThrough } from './spdy-passthrough.ts'

export function createUpgradeHandlers(): UpgradeHandlers {
  return {
    async handle(target, request, socket, head, cri) {
      // The runtime is asked before the client is answered, so that its refusals come as plain HTTP.
      const url = await streamUrl(target, cri)
      const protocol = String(request.headers.upgrade ?? '').toLowerCase()
      if (protocol.startsWith('spdy/')) return passSpdyThrough(request, socket, head, url)
      if (protocol !== 'websocket') throw new Error(`unable to upgrade: unsupported protocol "${protocol}"`)
      const isForward = target.kind === 'portForward'
      const webSocket = await acceptWebSocket(request, socket, head, { allowTunnel: isForward })
      try {
        if (!isForward) await bridgeCommand(webSocket, url, commandStreams(target.query))
        else if (webSocket.protocol === tunnelProtocol) await tunnelPortForward(webSocket, url)
        else await forwardChannels(webSocket, url, target.query)
      } catch (error) {
        webSocket.close(1011, (error instanceof Error ? error.message : String(error)).slice(0, 120))
      }
    },
  }
}

async function forwardChannels(webSocket: Parameters<typeof channelPortForward>[0], url: string, query: URLSearchParams): Promise<void> {
  const ports = queriedPorts(query)
  if (!ports) throw new Error('query parameter "port" is required')
  await channelPortForward(webSocket, url, ports)
}

async function streamUrl(target: StreamTarget, cri: Cri): Promise<string> {
  const { kind, query, containerId, sandboxId } = target
  if (kind === 'portForward') {
    if (!sandboxId) throw new Error(`pod ${target.pod.metadata.name} has no running sandbox`)
    return cri.runtime.portForward(sandboxId, queriedPorts(query) ?? [])
  }
  if (!containerId) throw new Error('container not found')
  const streams = commandStreams(query)
  if (kind === 'attach') return cri.runtime.attach({ containerId, ...streams })
  const cmd = query.getAll('command')
  if (cmd.length === 0) throw new Error('you must specify at least 1 command')
  return cri.runtime.exec({ containerId, cmd, ...streams })
}
