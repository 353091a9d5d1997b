/** The ports and addresses of a port-forward: upstream's words for each that makes no sense, in the order in which it looks. */
import { isIP, isIPv4 } from 'node:net'
import { CommandError } from '../../errors.ts'

export interface Forward {
  readonly local: number
  readonly remote: number
}

export interface ListenAddress {
  readonly address: string
  /** One of localhost's two is enough; of addresses that were named, every one has to work. */
  readonly group: 'all' | 'any'
}

const isNumber = (text: string): boolean => /^[+-]?\d+$/.test(text)

/** "LOCAL:REMOTE", ":REMOTE" or "BOTH"; of three words the first counts for both sides. */
function split(text: string): readonly [local: string, remote: string] {
  const parts = text.split(':')
  return parts.length === 2 ? [parts[0]!, parts[1]!] : [parts[0]!, parts[0]!]
}

function containerPort(pod: any, name: string): number {
  const port = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
    .flatMap(({ ports = [] }: any) => ports)
    .find((each: any) => (each.name ?? '') === name)
  if (!port) throw new CommandError(`error: Pod '${pod.metadata.name}' does not have a named port '${name}'`)
  return port.containerPort
}

function servicePort(service: any, name: string): number {
  const port = (service.spec.ports ?? []).find((each: any) => (each.name ?? '') === name)
  if (!port) throw new CommandError(`error: Service '${service.metadata.name}' does not have a named port '${name}'`)
  return port.port
}

function targetOf(service: any, pod: any, port: number): number {
  const found = (service.spec.ports ?? []).find((each: any) => each.port === port)
  if (!found) throw new CommandError(`error: Service ${service.metadata.name} does not have a service port ${port}`)
  if (service.spec.clusterIP === 'None') return port
  const target = found.targetPort ?? 0
  return typeof target === 'number' ? target || port : containerPort(pod, target)
}

function refuseUdp(
  texts: readonly string[],
  ports: readonly { readonly number: number; readonly protocol?: string }[],
  numberOf: (name: string) => number,
): void {
  const of = (wanted: string): Set<number> => new Set(ports.filter(({ protocol = 'TCP' }) => protocol === wanted).map(({ number }) => number))
  const udpOnly = of('UDP').difference(of('TCP'))
  for (const text of texts) {
    const [, remote] = split(text)
    if (udpOnly.has(isNumber(remote) ? Number(remote) : numberOf(remote))) throw new CommandError(`error: UDP protocol is not supported for ${remote}`)
  }
}

/** `service` when it is a Service that was named. */
export function forwardsOf(texts: readonly string[], pod: any, service?: any): Forward[] {
  const numbered = service ? throughService(texts, service, pod) : ofPod(texts, pod)
  return numbered.map(parse)
}

function throughService(texts: readonly string[], service: any, pod: any): string[] {
  refuseUdp(
    texts,
    (service.spec.ports ?? []).map(({ port, protocol }: any) => ({ number: port, protocol })),
    (name) => servicePort(service, name),
  )
  return texts.map((text) => {
    const [local, remote] = split(text)
    const port = isNumber(remote) ? Number(remote) : servicePort(service, remote)
    const target = targetOf(service, pod, port)
    return joined(local === remote ? String(port) : local, target)
  })
}

function ofPod(texts: readonly string[], pod: any): string[] {
  refuseUdp(
    texts,
    pod.spec.containers.flatMap(({ ports = [] }: any) => ports).map(({ containerPort: number, protocol }: any) => ({ number, protocol })),
    (name) => containerPort(pod, name),
  )
  return texts.map((text) => {
    const [local, remote] = split(text)
    if (remote === '') throw new CommandError('error: remote port cannot be empty')
    if (isNumber(remote)) return local === remote ? remote : `${local}:${remote}`
    return joined(local === remote ? '' : local, containerPort(pod, remote), local !== remote)
  })
}

const joined = (local: string, remote: number, both = local !== String(remote)): string => (both ? `${local}:${remote}` : String(remote))

function parse(text: string): Forward {
  const [local, remote] = split(text)
  const forward = { local: unsigned(local || '0', 'local'), remote: unsigned(remote, 'remote') }
  if (forward.remote === 0) throw new CommandError('error: remote port must be > 0')
  return forward
}

function unsigned(text: string, side: string): number {
  const why = !/^\d+$/.test(text) ? 'invalid syntax' : Number(text) > 65535 ? 'value out of range' : undefined
  if (why) throw new CommandError(`error: error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`)
  return Number(text)
}

/** Sorted, each once. */
export function listenAddresses(named: readonly string[]): ListenAddress[] {
  if (named.length === 0) throw new CommandError('error: you must specify at least 1 address')
  const found = new Map<string, ListenAddress>()
  for (const address of named) {
    if (address === 'localhost') {
      for (const each of ['127.0.0.1', '::1']) if (!found.has(each)) found.set(each, { address: each, group: 'all' })
    } else if (isIP(address) === 0) throw new CommandError(`error: ${address} is not a valid IP`)
    else found.set(address, { address, group: 'any' })
  }
  return [...found.values()].sort((left, right) => (left.address < right.address ? -1 : 1))
}

export const hostAndPort = (address: string, port: number): string => `${isIPv4(address) ? address : `[${address}]`}:${port}`
