/** kubectl port-forward: each connection over a WebSocket of its own, by channels of version 4. */
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { CommandError, usageError } from '../errors.ts'
import { checkRunningTimeout, firstPodOf, namedOwner } from '../resources/pods-of.ts'
import type { Item } from '../resources/types.ts'
import { openSocket } from '../stream/socket.ts'
import type { Command, Invocation } from '../types.ts'

export const command: Command = {
  summary: 'Forward one or more local ports to a pod.',
  usage: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  examples: ['kubectl port-forward pod/mypod 5000 6000', 'kubectl port-forward service/myservice 8443:https', 'kubectl port-forward pod/mypod :5000'],
  flags: [
    { name: 'address', type: 'stringSlice', default: 'localhost', usage: 'Addresses to listen on' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'How long to wait until at least one pod is running' },
  ],
  whenInterrupted: () => 'succeeds',
  run,
}

interface Forward {
  readonly local: number
  readonly remote: number
}

async function run(invocation: Invocation): Promise<void> {
  const { args, path, flags, signal } = invocation
  if (args.length < 2) throw usageError(path, 'TYPE/NAME and list of ports are required for port-forward')
  checkRunningTimeout(invocation)
  for (const address of flags.list('address')) if (address !== 'localhost' && isIP(address) === 0) throw new CommandError(`error: ${address} is not a valid IP`)
  const owner = await namedOwner(invocation, args[0]!)
  let pod = await firstPodOf(invocation, owner)
  if (pod.object.status?.phase !== 'Running')
    throw new CommandError(`error: unable to forward port because pod is not running. Current status=${pod.object.status?.phase}`)
  const forwards = args.slice(1).map((text) => forwardOf(text, owner, pod.object))
  // Whether the pod can be reached at all shows before anything listens.
  await reach(invocation, pod, forwards[0]!.remote)
  const servers: Server[] = []
  const forwardTo = async (remote: number, socket: Socket): Promise<void> => {
    try {
      await carry(invocation, pod, remote, socket)
    } catch (error) {
      // The pod may have been replaced: once more with the one that is there now.
      if (owner.resource.kind === 'Pod') throw error
      pod = await firstPodOf(invocation, owner)
      await carry(invocation, pod, remote, socket)
    }
  }
  try {
    for (const { local, remote } of forwards) servers.push(...(await listen(invocation, flags.list('address'), local, remote, forwardTo)))
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  } finally {
    for (const server of servers) server.close()
  }
}

function forwardOf(text: string, owner: Item, pod: any): Forward {
  // Upstream takes the first word of three for both sides.
  const parts = text.split(':')
  const [first = '', second] = parts.length === 2 ? parts : [parts[0]]
  const wanted = second ?? first
  const remote = remotePort(wanted, owner, pod)
  const local = second === undefined ? (/^\d+$/.test(first) ? Number(first) : remote) : first === '' ? 0 : Number(first)
  if (!Number.isInteger(local) || local < 0 || local > 65535)
    throw new CommandError(`error: error parsing local port ${JSON.stringify(first)}: strconv.ParseUint: parsing ${JSON.stringify(first)}: invalid syntax`)
  return { local, remote }
}

function remotePort(text: string, owner: Item, pod: any): number {
  const named = (name: string): number => {
    const port = pod.spec.containers.flatMap((each: any) => each.ports ?? []).find((each: any) => each.name === name)
    if (!port) throw new CommandError(`error: Pod '${pod.metadata.name}' does not have a named port '${name}'`)
    return port.containerPort
  }
  if (owner.resource.kind !== 'Service') return /^\d+$/.test(text) ? Number(text) : named(text)
  const port = (owner.object.spec.ports ?? []).find((each: any) => (/^\d+$/.test(text) ? each.port === Number(text) : each.name === text))
  if (!port) throw new CommandError(`error: Service ${owner.name} does not have a service port ${text}`)
  const target = port.targetPort ?? port.port
  return typeof target === 'number' ? target || port.port : named(target)
}

async function listen(
  { out, err }: Invocation,
  addresses: readonly string[],
  local: number,
  remote: number,
  forward: (remote: number, socket: Socket) => Promise<void>,
): Promise<Server[]> {
  const servers: Server[] = []
  let port = local
  let failure: unknown
  for (const address of addresses.flatMap((each) => (each === 'localhost' ? ['127.0.0.1', '::1'] : [each]))) {
    const server = createServer((socket) => {
      out(`Handling connection for ${port}\n`)
      socket.on('error', () => socket.destroy())
      forward(remote, socket).catch((error) => {
        err(`error: an error occurred forwarding ${port} -> ${remote}: ${(error as Error).message}\n`)
        socket.destroy()
      })
    })
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve))
      port = (server.address() as { port: number }).port
      servers.push(server)
      out(`Forwarding from ${address.includes(':') ? `[${address}]` : address}:${port} -> ${remote}\n`)
    } catch (error) {
      failure = error
    }
  }
  if (servers.length === 0)
    throw new CommandError(
      `error: unable to listen on any of the requested ports: [{${local} ${remote}}]${failure instanceof Error ? ` (${failure.message})` : ''}`,
    )
  return servers
}

async function reach({ session }: Invocation, pod: Item, remote: number): Promise<void> {
  try {
    const socket = await openSocket(session, pathOf(pod, remote), ['v4.channel.k8s.io'])
    socket.terminate()
  } catch (error) {
    throw new CommandError(`error: error upgrading connection: ${(error as Error).message.replace(/^error: /, '')}`)
  }
}

function pathOf({ namespace = '', name }: Item, remote: number): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/portforward?ports=${remote}`
}

/** Channel 0 is data, channel 1 the error; each begins with the port as two bytes. */
async function carry({ session }: Invocation, pod: Item, remote: number, local: Socket): Promise<void> {
  const socket = await openSocket(session, pathOf(pod, remote), ['v4.channel.k8s.io'])
  const greeted = [false, false]
  return new Promise((resolve, reject) => {
    socket.on('message', (message: Buffer) => {
      const channel = message[0] ?? 0
      let data = message.subarray(1)
      if (!greeted[channel]) {
        greeted[channel] = true
        data = data.subarray(2)
      }
      if (data.length === 0) return
      if (channel === 1) reject(new Error(data.toString('utf8')))
      else if (!local.write(data)) {
        socket.pause()
        local.once('drain', () => socket.resume())
      }
    })
    local.on('data', (chunk: Buffer) => {
      if (socket.readyState !== socket.OPEN) return
      socket.send(Buffer.concat([Buffer.from([0]), chunk]), () => local.resume())
      if (socket.bufferedAmount > 1 << 20) local.pause()
    })
    local.once('close', () => socket.close())
    socket.once('close', () => {
      local.end()
      resolve()
    })
    socket.once('error', reject)
  })
}
