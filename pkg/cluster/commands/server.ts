/** `k8ts server`: a control plane that other machines join, with this machine itself as its first node. */
import { hostname } from 'node:os'
import { loadConfig, saveConfig } from '../config.ts'
import { recordDataDir } from '../data-directories.ts'
import { ensurePki } from '../components.ts'
import { installRequirements, requireRoot, requirements, requirementsBesideRuntime } from '../host/requirements.ts'
import { checkNodeName, machineAddress, planServer } from '../machine-plan.ts'
import { superviseHere } from '../supervise.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import { type ClusterConfig, type PodNetwork, podNetworks } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { type Command, clusterOptions, dataDirOf, nameOf, numberOption } from './command.ts'
import { adoptComponentOptions, componentOptions } from './component-options.ts'
import { ingressPortsOption, withIngressPorts } from './ingress-ports.ts'
import { runtimeEndpointOf, runtimeEndpointOption } from './runtime-endpoint.ts'
import { writeKubeconfigs } from './up.ts'

export const server: Command = {
  name: 'server',
  summary: 'Runs a control plane that other machines join by `k8ts agent`, with this machine as a node. Stays in the foreground.',
  usage: '[--port P] [--node-ip A] [--node-name N] [--network vxlan|routes|none] [--ingress-ports HTTP,HTTPS|off]',
  options: [
    { name: 'port', value: 'P', help: 'port of the API server (default 6443)' },
    { name: 'node-ip', value: 'A', help: "this machine's address for the others (default: its first)" },
    { name: 'node-name', value: 'N', help: "this node's name (default: the machine's)" },
    { name: 'network', value: 'MODE', help: 'pods of other machines: vxlan (default), routes on a shared link, or none: a CNI plugin of your own' },
    ...componentOptions,
    runtimeEndpointOption,
    ingressPortsOption,
    ...clusterOptions,
  ],
  examples: [
    ['k8ts server', 'a control plane; then on it: k8ts token create'],
    ['k8ts server --network none', 'and install Calico, Cilium or another CNI plugin'],
  ],
  async run({ options, print }) {
    requireRoot()
    const dataDir = dataDirOf(options)
    if (await askSupervisor(dataDir, { op: 'status' })) throw new UsageError('it is already running; stop it first with: k8ts down')
    const stored = await loadConfig(dataDir)
    if (stored && stored.machine?.role !== 'server') throw new UsageError(`${dataDir} holds another kind of cluster; choose another --data-dir`)
    const runtimeEndpoint = runtimeEndpointOf(options, stored)
    await installRequirements(print, runtimeEndpoint ? requirementsBesideRuntime : requirements)
    const config = await withOptions(stored, {
      name: nameOf(options),
      dataDir,
      port: numberOption(options, 'port', 1, 65535),
      nodeName: typeof options['node-name'] === 'string' ? checkNodeName(options['node-name']) : undefined,
      nodeAddress: typeof options['node-ip'] === 'string' ? options['node-ip'] : undefined,
      podNetwork: podNetworkOf(options.network),
      runtimeEndpoint,
    }).then((planned) => withIngressPorts({ ...planned, ...(stored?.ingressPorts ? { ingressPorts: stored.ingressPorts } : {}) }, options))
    await saveConfig(config)
    recordDataDir(config.name, dataDir)
    await adoptComponentOptions(config, options, false)
    await writeKubeconfigs(config, await ensurePki(config))
    print(`Kubernetes serves on https://${config.apiServer.advertiseAddress}:${config.apiServer.port}; other machines join by a token of: k8ts token create\n`)
    await superviseHere(config)
    return 0
  },
}

interface Wanted {
  readonly name: string
  readonly dataDir: string
  readonly port: number | undefined
  readonly nodeName: string | undefined
  readonly nodeAddress: string | undefined
  readonly podNetwork: PodNetwork | undefined
  readonly runtimeEndpoint: string | undefined
}

/** What the cluster has stays, unless the option is given again; how its pods are joined and its node's name stay in any case. */
async function withOptions(stored: ClusterConfig | undefined, wanted: Wanted): Promise<ClusterConfig> {
  const { name, dataDir } = wanted
  const node = stored?.nodes[0]
  if (stored && wanted.podNetwork && wanted.podNetwork !== stored.machine?.podNetwork)
    throw new UsageError(`this cluster's pod network is ${stored.machine?.podNetwork} and cannot become ${wanted.podNetwork}`)
  if (node && wanted.nodeName && wanted.nodeName !== node.name) throw new UsageError(`this node is ${node.name} and cannot become ${wanted.nodeName}`)
  return planServer({
    name: stored?.name ?? name,
    dataDir,
    port: wanted.port ?? stored?.apiServer.port ?? 6443,
    nodeName: node?.name ?? wanted.nodeName ?? checkNodeName(hostname()),
    nodeAddress: wanted.nodeAddress === undefined && node ? node.address : await machineAddress(wanted.nodeAddress),
    podNetwork: stored?.machine?.podNetwork ?? wanted.podNetwork ?? 'vxlan',
    runtimeEndpoint: wanted.runtimeEndpoint,
  })
}

function podNetworkOf(text: string | boolean | undefined): PodNetwork | undefined {
  if (text === undefined) return undefined
  const found = podNetworks.find((each) => each === text)
  if (!found) throw new UsageError(`--network must be one of ${podNetworks.join(', ')}, not "${text}"`)
  return found
}
