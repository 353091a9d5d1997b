/** `k8ts node`: nodes of a local cluster come, go, stop and start while the others serve. */
import { rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { nodes as nodeResource } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { ensurePki } from '../components.ts'
import { loadConfig, maxNodes, saveConfig, withNode } from '../config.ts'
import { adminClient, nodeHealth } from '../health.ts'
import { requireRoot } from '../host/requirements.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import type { ClusterConfig, NodePlan } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { clusterOptions, type Command, dataDirOf, noClusterIn } from './command.ts'

const readyTimeoutMs = 60_000

export const node: Command = {
  name: 'node',
  summary: 'Adds, removes, stops and starts nodes of a cluster of `k8ts up` while it runs.',
  usage: 'add | remove NAME | stop NAME | start NAME',
  options: clusterOptions,
  examples: [
    ['k8ts node add', 'one more node'],
    ['k8ts node stop node-2', 'as if that machine had lost its power; its files stay'],
    ['k8ts node remove node-3', 'its pods are made elsewhere; drain it first to have them leave in order'],
  ],
  takesArguments: true,
  async run({ options, args, print }) {
    requireRoot()
    const [verb, name, ...more] = args
    if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"; see: k8ts node --help`, 2)
    const dataDir = dataDirOf(options)
    const config = await loadConfig(dataDir)
    if (!config) throw noClusterIn(options)
    if (config.machine) throw new UsageError('nodes of this cluster are machines: they come by `k8ts agent` and go by `k8ts delete` there')
    switch (verb) {
      case 'add':
        print(`${await add(config)} is a node of the cluster\n`)
        return 0
      case 'remove':
        await remove(config, planOf(config, name))
        print(`${name} is gone\n`)
        return 0
      case 'stop':
        await setStopped(config, planOf(config, name), true)
        print(`${name} is stopped\n`)
        return 0
      case 'start':
        await setStopped(config, planOf(config, name), false)
        print(`${name} runs\n`)
        return 0
      default:
        throw new UsageError('say what to do: k8ts node add, remove NAME, stop NAME or start NAME', 2)
    }
  },
}

function planOf(config: ClusterConfig, name: string | undefined): NodePlan {
  const found = config.nodes.find((each) => each.name === name)
  if (!found) throw new UsageError(`there is no node "${name ?? ''}" in this cluster; it has ${config.nodes.map((each) => each.name).join(', ')}`)
  return found
}

async function add(config: ClusterConfig): Promise<string> {
  const used = new Set(config.nodes.map(({ index }) => index))
  const index = Array.from({ length: maxNodes }, (_, each) => each).find((each) => !used.has(each))
  if (index === undefined) throw new UsageError(`a cluster on one machine has at most ${maxNodes} nodes`)
  const grown = withNode(config, index)
  const added = grown.nodes.find((each) => each.index === index) as NodePlan
  await apply(grown)
  await untilReady(grown, added.name)
  return added.name
}

async function remove(config: ClusterConfig, plan: NodePlan): Promise<void> {
  if (config.nodes.length === 1) throw new UsageError('this is the only node; remove the cluster with: k8ts delete')
  await apply({ ...config, nodes: config.nodes.filter((each) => each !== plan) })
  rmSync(plan.dir, { recursive: true, force: true })
  const client = adminClient(config, await ensurePki(config))
  try {
    await client.delete(nodeResource, { name: plan.name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  } finally {
    client.close()
  }
}

async function setStopped(config: ClusterConfig, plan: NodePlan, stopped: boolean): Promise<void> {
  const running = config.nodes.filter((each) => !each.stopped)
  if (stopped && running.length === 1 && running[0] === plan) throw new UsageError('this is the only node that runs; stop the cluster with: k8ts down')
  const { stopped: _, ...rest } = plan
  const changed = { ...config, nodes: config.nodes.map((each) => (each === plan ? { ...rest, ...(stopped ? { stopped } : {}) } : each)) }
  await apply(changed)
  if (!stopped) await untilReady(changed, plan.name)
}

/** The plan first: a supervisor that starts anew finds it. */
async function apply(config: ClusterConfig): Promise<void> {
  await saveConfig(config)
  const reply = await askSupervisor(config.dataDir, { op: 'reload' })
  if (!reply) throw new UsageError('the cluster is not running; the change is taken at the next: k8ts up')
  if (!reply.ok) throw new Error(reply.error)
}

async function untilReady(config: ClusterConfig, name: string): Promise<void> {
  const client = adminClient(config, await ensurePki(config))
  try {
    const until = Date.now() + readyTimeoutMs
    let message = 'it has not registered'
    while (Date.now() < until) {
      const reply = await askSupervisor(config.dataDir, { op: 'status' })
      const up = reply?.ok === true && reply.status?.children.find((each) => each.name === name)?.ready === true
      const health = (await nodeHealth(client))?.find((each) => each.name === name)
      if (up && health?.ready) return
      message = health?.message ?? message
      await setTimeout(100)
    }
    throw new UsageError(`${name} is not ready after ${readyTimeoutMs / 1000} s: ${message}. See: k8ts status, k8ts logs ${name}`)
  } finally {
    client.close()
  }
}
