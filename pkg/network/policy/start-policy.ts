/** Network policies of one node. Runs inside the node's network namespace, as root. */
import { keyOf } from '#apimachinery/object.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { namespaces, networkPolicies, pods } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import type { IpFamily } from '../ip.ts'
import { mustRun, type RunCommand, runCommand } from '../run-command.ts'
import { createSerialSync } from '../serial-sync.ts'
import { compile } from './compile.ts'
import { policyPodOf, samePolicyPod } from './policy-pod.ts'
import { changes, emptyTable, wholeTable } from './rules.ts'
import type { PolicyPod } from './types.ts'

export interface PolicyOptions {
  /** May list and watch pods and namespaces of the whole cluster, and network policies (ClusterRole k8ts:network). */
  readonly client: Client
  /** Shared caches of that client, when the process has them. */
  readonly informers?: InformerFactory
  readonly nodeName: string
  /** Of the pods' addresses; default IPv4 alone. */
  readonly families?: readonly IpFamily[]
  readonly log: Logger
  readonly signal: AbortSignal
  readonly clock?: Clock
  readonly run?: RunCommand
}

export interface PolicyEnforcer {
  /** Resolves when all that was known by now is in the kernel. */
  settled(): Promise<void>
}

/** Resolves when the policies known at the start are in force; they stay in force when the signal aborts. */
export async function startPolicy(options: PolicyOptions): Promise<PolicyEnforcer> {
  const { client, nodeName, log, signal, clock = systemClock, run: command = runCommand } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const policyInformer = informers.informer(networkPolicies)
  const namespaceInformer = informers.informer(namespaces)
  const podInformer = informers.informer(pods)
  const families = (options.families ?? [4]).map((family) => ({ family, known: new Map<string, PolicyPod>(), current: emptyTable(family) }))
  let whole = true
  const sync = createSerialSync({
    run,
    failed: (error, attempt) => log.error('cannot set the network policies; trying again with all of them', { error, attempt }),
    clock,
    signal,
  })
  const { touch } = sync
  const putPod = (key: string, pod: Pod | undefined) => {
    for (const { family, known } of families) {
      const seen = pod && policyPodOf(pod, family)
      if (samePolicyPod(known.get(key), seen)) continue
      if (seen) known.set(key, seen)
      else known.delete(key)
      touch()
    }
  }
  policyInformer.addHandler({ onAdd: touch, onUpdate: touch, onDelete: touch })
  namespaceInformer.addHandler({
    onAdd: touch,
    onUpdate: (previous, next) => {
      if (JSON.stringify(previous.metadata.labels) !== JSON.stringify(next.metadata.labels)) touch()
    },
    onDelete: touch,
  })
  podInformer.addHandler({
    onAdd: (pod) => putPod(keyOf(pod), pod),
    onUpdate: (_, pod) => putPod(keyOf(pod), pod),
    onDelete: (pod) => putPod(keyOf(pod), undefined),
  })

  async function run(): Promise<void> {
    const policies = policyInformer.list()
    const namespaceLabels = new Map(namespaceInformer.list().map(({ metadata }) => [metadata.name, metadata.labels ?? {}]))
    const wanted = families.map(({ family, known }) => compile({ family, nodeName, policies, pods: [...known.values()], namespaces: namespaceLabels }))
    // Both families in one transaction.
    const text = wanted.map((table, index) => (whole ? wholeTable(table) : changes(families[index]!.current, table))).join('')
    // Until it is known to be done, the kernel may hold anything.
    whole = true
    if (text !== '') await mustRun(['nft', '-f', '-'], text, command)
    whole = false
    for (const [index, table] of wanted.entries()) families[index]!.current = table
  }

  await informers.start(signal)
  await sync.start()
  log.info('network policies are in force', {
    isolatedPods: families.reduce((sum, { current: { isolated } }) => sum + isolated.ingress.size + isolated.egress.size, 0),
  })
  return sync
}
