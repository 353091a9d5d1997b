/**
 * Node ports on the host's 127.0.0.1. The nodes' rules cannot serve loopback addresses, and nodes are in namespaces of their
 * own anyway; so a process on the host listens there and hands each connection to a ready node.
 */
import { createServer, connect, type Server, type Socket } from 'node:net'
import { keyOf } from '#apimachinery/object.ts'
import { nodes, services } from '#api/gen/resources.ts'
import type { Node, Service } from '#api/gen/core/v1.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { forwardUdp, type UdpForward } from './localhost-udp.ts'

export interface LocalhostForwarderOptions {
  readonly client: Client
  readonly informers?: InformerFactory
  /** 127.0.0.1. */
  readonly address?: string
  readonly clock?: Clock
  /** The node's own address, on a machine that is a node; else the first ready node. */
  readonly target?: string
  readonly log: Logger
  readonly signal: AbortSignal
}

export interface LocalhostForwarder {
  /** Resolves when all ports known at the start are tried. */
  readonly ready: Promise<void>
  /** Resolves when everything is closed. */
  readonly done: Promise<void>
}

const connectionLimit = 1024
const dialTimeoutMs = 5000

export function startLocalhostForwarder(options: LocalhostForwarderOptions): LocalhostForwarder {
  const { client, address = '127.0.0.1', log, signal, clock = systemClock } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const serviceInformer = informers.informer(services)
  const nodeInformer = informers.informer(nodes)
  const wanted = new Map<string, ReadonlySet<string>>()
  const open = new Map<string, { close(): void }>()
  const sockets = new Set<Socket>()

  /** A Service answers on the node's address of its own family. */
  const targetFor = (service: string) => () => {
    const families = serviceInformer.byKey(service)?.spec.ipFamilies ?? []
    return options.target ?? firstReadyNode(nodeInformer.list(), families)
  }
  const update = (key: string, service: Service | undefined) => {
    const before = wanted.get(key)
    const now = new Set(service ? nodePorts(service) : [])
    wanted.set(key, now)
    if (now.size === 0) wanted.delete(key)
    for (const port of before ?? []) if (!now.has(port) && ![...wanted.values()].some((each) => each.has(port))) closePort(port)
    for (const port of now) if (!open.has(port)) openPort(port, key)
  }
  const closePort = (port: string) => {
    open.get(port)?.close()
    open.delete(port)
  }
  const openPort = (port: string, service: string) => {
    const [protocol, number] = port.split(' ') as [string, string]
    const failed = (error: Error) => {
      open.delete(port)
      log.warn('the node port is not reachable on localhost', { service, port, error })
    }
    const listener: Server | UdpForward =
      protocol === 'udp'
        ? forwardUdp({ address, port: Number(number), target: targetFor(service), clock, failed })
        : forwardTcp(Number(number), targetFor(service), failed)
    open.set(port, listener)
  }
  const forwardTcp = (port: number, target: () => string | undefined, failed: (error: Error) => void): Server => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const host = target()
      if (host === undefined || sockets.size >= connectionLimit) {
        socket.resetAndDestroy()
        return
      }
      sockets.add(socket)
      join(socket, host, port, () => sockets.delete(socket))
    })
    server.once('error', failed)
    server.listen(port, address)
    server.unref()
    return server
  }

  serviceInformer.addHandler({
    onAdd: (service) => update(keyOf(service), service),
    onUpdate: (_previous, service) => update(keyOf(service), service),
    onDelete: (service) => update(keyOf(service), undefined),
  })
  const ready = informers.start(signal)
  ready.catch((error) => log.error('node ports are not served on localhost', { error }))
  const done = new Promise<void>((resolve) => {
    const stop = () => {
      for (const port of [...open.keys()]) closePort(port)
      for (const socket of sockets) socket.destroy()
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  return { ready, done }
}

/** Joins two connections; when one side cannot be reached or breaks, the other learns of it. */
function join(socket: Socket, host: string, port: number, closed: () => void): void {
  const onward = connect({ host, port, allowHalfOpen: true })
  const end = () => {
    socket.destroy()
    onward.destroy()
  }
  onward.setTimeout(dialTimeoutMs, () => onward.connecting && end())
  onward.once('connect', () => onward.setTimeout(0))
  socket.on('error', end)
  onward.on('error', () => {
    socket.resetAndDestroy()
    onward.destroy()
  })
  socket.once('close', () => {
    onward.destroy()
    closed()
  })
  onward.once('close', () => socket.destroySoon())
  socket.pipe(onward)
  onward.pipe(socket)
}

/** "tcp 30080" for each node port a Service has. */
function nodePorts(service: Service): string[] {
  if (service.spec.type !== 'NodePort' && service.spec.type !== 'LoadBalancer') return []
  return (service.spec.ports ?? [])
    .filter((port) => port.nodePort && port.protocol !== 'SCTP')
    .map((port) => `${(port.protocol ?? 'TCP').toLowerCase()} ${port.nodePort}`)
}

function firstReadyNode(list: readonly Node[], families: readonly string[]): string | undefined {
  const ready = (node: Node) => node.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
  const sorted = [...list].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
  const node = sorted.find(ready) ?? sorted[0]
  const addresses = (node?.status?.addresses ?? []).filter((each) => each.type === 'InternalIP').map(({ address }) => address)
  return addresses.find((each) => families.includes(each.includes(':') ? 'IPv6' : 'IPv4')) ?? addresses[0]
}
