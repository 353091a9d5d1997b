/**
 * Node ports on the host's 127.0.0.1 and ::1. The nodes' rules cannot serve loopback addresses, and nodes are in namespaces of their
 * own anyway; so a process on the host listens there and hands each connection to a ready node, of a Service with external traffic
 * policy Local to one that has an endpoint of it.
 */
import { createServer, connect, type Server, type Socket } from 'node:net'
import { keyOf } from '#apimachinery/object.ts'
import { endpointSlices, nodes, services } from '#api/gen/resources.ts'
import type { Node, Service } from '#api/gen/core/v1.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { forwardUdp, type UdpForward } from './localhost-udp.ts'
import { nodesWithEndpoints } from '#api/discovery/nodes-with-endpoints.ts'
import { isForProxy, SliceIndex } from './slice-index.ts'

export interface LocalhostForwarderOptions {
  readonly client: Client
  readonly informers?: InformerFactory
  /** 127.0.0.1, and ::1 where the host has it. */
  readonly addresses?: readonly string[]
  readonly clock?: Clock
  /** The node's own address, on a machine that is a node: asked before any other. */
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
  const { client, addresses = ['127.0.0.1', '::1'], log, signal, clock = systemClock } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const serviceInformer = informers.informer(services)
  const nodeInformer = informers.informer(nodes)
  const slices = new SliceIndex(informers.informer(endpointSlices), () => {}, isForProxy)
  /** "tcp 30080 127.0.0.1": where each Service is to be listened for, and where anybody listens. */
  const wanted = new Map<string, ReadonlySet<string>>()
  const open = new Map<string, { close(): void }>()
  const sockets = new Set<Socket>()
  const sctpTold = new Map<string, string>()

  /** A Service answers on the node's address of its own family. */
  const targetFor = (key: string) => () => {
    const { ipFamilies = [], externalTrafficPolicy } = serviceInformer.byKey(key)?.spec ?? {}
    const all = nodeInformer.list()
    const serving = externalTrafficPolicy === 'Local' ? nodesWithEndpoints(slices.of(key)) : undefined
    const able = serving ? all.filter(({ metadata }) => serving.has(metadata.name)) : all
    const { target } = options
    if (target !== undefined && (able.length === 0 || able.some((node) => addressesOf(node).includes(target)))) return target
    return firstReadyNode(able.length > 0 ? able : all, ipFamilies)
  }
  /** Nothing in the kernel hands SCTP from a loopback address to a node, and Node.js has no sockets of it; who waits for it is told. */
  const warnOfSctp = (key: string, service: Service) => {
    const ports = allNodePorts(service).flatMap(({ protocol, nodePort }) => (protocol === 'SCTP' ? [nodePort] : []))
    const text = ports.join(' ')
    if (ports.length > 0 && sctpTold.get(key) !== text)
      log.warn('SCTP node ports do not answer on localhost, only at the addresses of nodes', { service: key, ports: text })
    if (ports.length > 0) sctpTold.set(key, text)
    else sctpTold.delete(key)
  }
  const update = (key: string, service: Service | undefined) => {
    if (service) warnOfSctp(key, service)
    else sctpTold.delete(key)
    const before = wanted.get(key)
    const now = new Set(service ? nodePorts(service).flatMap((port) => addresses.map((address) => `${port} ${address}`)) : [])
    wanted.set(key, now)
    if (now.size === 0) wanted.delete(key)
    for (const place of before ?? []) if (!now.has(place) && ![...wanted.values()].some((each) => each.has(place))) closePlace(place)
    for (const place of now) if (!open.has(place)) openPlace(place, key)
  }
  const closePlace = (place: string) => {
    open.get(place)?.close()
    open.delete(place)
  }
  const openPlace = (place: string, service: string) => {
    const [protocol, number, address] = place.split(' ') as [string, string, string]
    const failed = (error: NodeJS.ErrnoException) => {
      open.delete(place)
      // A host may be without IPv6.
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return
      log.warn('the node port is not reachable on localhost', { service, port: `${protocol} ${number}`, address, error })
    }
    const port = Number(number)
    const target = targetFor(service)
    const listener: Server | UdpForward = protocol === 'udp' ? forwardUdp({ address, port, target, clock, failed }) : forwardTcp(address, port, target, failed)
    open.set(place, listener)
  }
  const forwardTcp = (address: string, port: number, target: () => string | undefined, failed: (error: Error) => void): Server => {
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
      for (const place of [...open.keys()]) closePlace(place)
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

function allNodePorts({ spec }: Service) {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer' ? (spec.ports ?? []).filter(({ nodePort }) => nodePort) : []
}

/** "tcp 30080" for each node port a Service has that can be had on localhost. */
function nodePorts(service: Service): string[] {
  return allNodePorts(service)
    .filter(({ protocol }) => protocol !== 'SCTP')
    .map(({ protocol, nodePort }) => `${(protocol ?? 'TCP').toLowerCase()} ${nodePort}`)
}

function firstReadyNode(list: readonly Node[], families: readonly string[]): string | undefined {
  const ready = (node: Node) => node.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
  const sorted = [...list].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
  const node = sorted.find(ready) ?? sorted[0]
  const addresses = node ? addressesOf(node) : []
  return addresses.find((each) => families.includes(each.includes(':') ? 'IPv6' : 'IPv4')) ?? addresses[0]
}

function addressesOf({ status }: Node): string[] {
  return (status?.addresses ?? []).filter((each) => each.type === 'InternalIP').map(({ address }) => address)
}
