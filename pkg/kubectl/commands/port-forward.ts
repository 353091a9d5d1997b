/** kubectl port-forward: each connection over a WebSocket of its own, by channels of version 4. */
import { createServer, isIPv4, type Server, type Socket } from 'node:net'
import { CommandError, usageError } from '../errors.ts'
import { checkRunningTimeout, firstPodOf, namedOwner } from '../resources/pods-of.ts'
import type { Item } from '../resources/types.ts'
import { bindProblem } from '../stream/bind-problem.ts'
import { openSocket } from '../stream/socket.ts'
import type { Command, Invocation } from '../types.ts'
import { type Forward, forwardsOf, hostAndPort, type ListenAddress, listenAddresses } from './port-forward/ports.ts'

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

async function run(invocation: Invocation): Promise<void> {
  const { args, path, flags, signal, err } = invocation
  if (args.length < 2) throw usageError(path, 'TYPE/NAME and list of ports are required for port-forward')
  checkRunningTimeout(invocation)
  const owner = await namedOwner(invocation, args[0]!)
  let pod = await firstPodOf(invocation, owner)
  if (pod.object.status?.phase !== 'Running')
    throw new CommandError(`error: unable to forward port because pod is not running. Current status=${pod.object.status?.phase}`)
  // Upstream looks at the ports in two steps, with the addresses between them.
  const forwards = forwardsOf(args.slice(1), pod.object, owner.resource.kind === 'Service' ? owner.object : undefined)
  const addresses = listenAddresses(flags.list('address'))
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
    const bound: Forward[] = []
    let failed = 0
    for (const forward of forwards) {
      const { port, error, listening } = await listen(invocation, addresses, forward, forwardTo)
      servers.push(...listening)
      bound.push({ ...forward, local: port })
      if (error === undefined) continue
      failed++
      err(`Unable to listen on port ${port}: Listeners failed to create with the following errors: ${error}\n`)
    }
    if (failed === forwards.length) {
      const all = bound.map(({ local, remote }) => `{${local} ${remote}}`).join(' ')
      throw new CommandError(`error: unable to listen on any of the requested ports: [${all}]`)
    }
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  } finally {
    for (const server of servers) server.close()
  }
}

interface Listening {
  readonly port: number
  readonly listening: readonly Server[]
  /** Why it counts as failed, in Go's words; upstream keeps those listeners that did come up. */
  readonly error: string | undefined
}

async function listen(
  { out, err }: Invocation,
  addresses: readonly ListenAddress[],
  { local, remote }: Forward,
  forward: (remote: number, socket: Socket) => Promise<void>,
): Promise<Listening> {
  const listening: Server[] = []
  const failures: string[] = []
  const failedGroups = new Set<string>()
  const workingGroups = new Set<string>()
  let port = local
  for (const { address, group } of addresses) {
    const server = createServer((socket) => {
      out(`Handling connection for ${port}\n`)
      socket.on('error', () => socket.destroy())
      forward(remote, socket).catch((error) => {
        err(`error: an error occurred forwarding ${port} -> ${remote}: ${(error as Error).message}\n`)
        socket.destroy()
      })
    })
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ port, host: address, ipv6Only: true }, resolve))
      port = (server.address() as { port: number }).port
      listening.push(server)
      workingGroups.add(group)
      out(`Forwarding from ${hostAndPort(address, port)} -> ${remote}\n`)
    } catch (error) {
      failedGroups.add(group)
      failures.push(
        `unable to create listener: Error listen tcp${isIPv4(address) ? '4' : '6'} ${hostAndPort(address, port)}: bind: ${bindProblem(error as NodeJS.ErrnoException)}`,
      )
    }
  }
  const isFailed = failedGroups.has('any') || (failedGroups.has('all') && !workingGroups.has('all'))
  return { port, listening, error: isFailed ? `[${failures.join(' ')}]` : undefined }
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
