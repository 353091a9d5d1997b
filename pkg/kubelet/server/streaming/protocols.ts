/** The subprotocols of exec, attach and port-forward (k8s.io/apimachinery/pkg/util/remotecommand, portforward). */

/** SPDY's names, the newest first; the container runtime speaks the first. */
export const spdyCommandProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'] as const
export const spdyPortForwardProtocol = 'portforward.k8s.io'
export const tunnelProtocol = `SPDY/3.1+${spdyPortForwardProtocol}`

/** WebSocket's: each message begins with the number of its channel. */
export interface ChannelProtocol {
  readonly name: string
  /** The channel is a digit and the data base64, in text messages. */
  readonly base64: boolean
  /** The error channel carries a Status as JSON; older ones carry bare text. */
  readonly statusJson: boolean
  /** Message 255 with a channel's number closes that channel. */
  readonly closeSignal: boolean
}

export const channelProtocols: readonly ChannelProtocol[] = [
  { name: 'v5.channel.k8s.io', base64: false, statusJson: true, closeSignal: true },
  { name: 'v4.channel.k8s.io', base64: false, statusJson: true, closeSignal: false },
  { name: 'v4.base64.channel.k8s.io', base64: true, statusJson: true, closeSignal: false },
  { name: 'channel.k8s.io', base64: false, statusJson: false, closeSignal: false },
  { name: 'base64.channel.k8s.io', base64: true, statusJson: false, closeSignal: false },
]

/** What a client without a subprotocol gets. */
export const plainProtocol: ChannelProtocol = { name: '', base64: false, statusJson: false, closeSignal: false }

export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const
