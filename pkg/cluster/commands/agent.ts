/** `k8ts agent`: makes this machine a node of a cluster elsewhere. */
import { existsSync, readdirSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { loadConfig, saveConfig } from '../config.ts'
import { installRequirements, requireRoot, requirements, requirementsBesideRuntime } from '../host/requirements.ts'
import { joinCluster } from '../join/join-cluster.ts'
import { parseJoinToken } from '../join/token.ts'
import { checkNodeName, machineAddress } from '../machine-plan.ts'
import { superviseHere } from '../supervise.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import { UsageError } from '../usage-error.ts'
import { clusterOptions, type Command, type CommandContext, dataDirOf, nameOf } from './command.ts'
import { ingressPortsOption, withIngressPorts } from './ingress-ports.ts'
import { runtimeEndpointOf, runtimeEndpointOption } from './runtime-endpoint.ts'

export const agent: Command = {
  name: 'agent',
  summary: 'Makes this machine a node of a cluster that `k8ts server` runs elsewhere. Stays in the foreground; started again it needs no token.',
  usage: '--server URL --token T [--node-ip A] [--node-name N]',
  options: [
    { name: 'server', value: 'URL', help: 'https://ADDRESS:PORT of the server' },
    { name: 'token', value: 'T', help: 'what `k8ts token create` printed there (or $K8TS_TOKEN)' },
    { name: 'ca-cert-hash', value: 'HASH', help: "sha256:… of the server's CA, for a token of the form ID.SECRET" },
    { name: 'node-ip', value: 'A', help: "this machine's address for the others (default: the one towards the server)" },
    { name: 'node-name', value: 'N', help: "this node's name (default: the machine's)" },
    runtimeEndpointOption,
    ingressPortsOption,
    ...clusterOptions,
  ],
  examples: [
    ['k8ts agent --server https://10.0.0.1:6443 --token K8TS1…', 'join'],
    ['k8ts agent', 'start again after a reboot'],
    ['k8ts agent --container-runtime-endpoint unix:///run/crio/crio.sock --server …', 'with the CRI-O of this machine'],
  ],
  async run({ options, print }) {
    requireRoot()
    const dataDir = dataDirOf(options)
    if (await askSupervisor(dataDir, { op: 'status' })) throw new UsageError('it is already running; stop it first with: k8ts down')
    const stored = await loadConfig(dataDir)
    if (stored && stored.machine?.role !== 'agent') throw new UsageError(`${dataDir} holds another kind of cluster; choose another --data-dir`)
    if (!stored && existsSync(dataDir) && readdirSync(dataDir).length > 0) throw new UsageError(`${dataDir} is not empty; choose another --data-dir`)
    const runtimeEndpoint = runtimeEndpointOf(options, stored)
    await installRequirements(print, runtimeEndpoint ? requirementsBesideRuntime : requirements)
    const planned = stored ?? (await joinCluster({ ...(await joinOptions(options, dataDir, print)), runtimeEndpoint }))
    const config = withIngressPorts(planned, options)
    if (config !== planned) await saveConfig(config)
    print(`${config.nodes[0]?.name} is a node of https://${config.apiServer.advertiseAddress}:${config.apiServer.port}\n`)
    await superviseHere(config)
    return 0
  },
}

async function joinOptions(options: CommandContext['options'], dataDir: string, print: (text: string) => void) {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined)
  const token = text('token') ?? process.env.K8TS_TOKEN
  const given = text('server')
  if (!given || !token) throw new UsageError('a machine that has not joined yet needs --server and --token; see: k8ts agent --help', 2)
  let server: URL
  try {
    server = new URL(given)
  } catch {
    throw new UsageError(`--server must be https://ADDRESS:PORT, not "${given}"`)
  }
  if (server.protocol !== 'https:' || isIP(server.hostname) !== 4)
    throw new UsageError(`--server must be https://ADDRESS:PORT with an IPv4 address, not "${given}"`)
  const wanted = text('node-ip')
  const nodeAddress = wanted === undefined ? undefined : await machineAddress(wanted)
  return {
    server,
    token: parseJoinToken(token, text('ca-cert-hash')),
    name: nameOf(options),
    dataDir,
    nodeName: checkNodeName(text('node-name') ?? hostname()),
    ...(nodeAddress ? { nodeAddress } : {}),
    progress: (line: string) => print(`${line}\n`),
  }
}
