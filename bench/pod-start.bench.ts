/**
 * A one-container pod with a local image, from its binding to Running as a watch sees both (and from apply); beside it the bare CRI
 * calls for the same pod (RunPodSandbox, CreateContainer, StartContainer) on the same node's containerd, in turns. Then many at
 * once, both ways: from the first binding until the last one runs.
 *
 *   ./tools/node.sh bench/pod-start.bench.ts [--runs 15] [--rounds 3] [--markdown]
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pod } from '#api/gen/core/v1.ts'
import { pods, serviceAccounts } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { helloImageName } from '#cluster/images/hello.ts'
import { cgroupRoot } from '#cluster/node/stop-containers.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { type Cri, openCri } from '#kubelet/cri/index.ts'
import type { SandboxConfig } from '#kubelet/cri/types.ts'
import { numberFlag, withCluster } from './cluster.ts'
import { inMilliseconds, inSeconds, median, timed } from './figures.ts'
import { publish, type Row } from './report.ts'

const runs = numberFlag('runs', 15)
const rounds = numberFlag('rounds', 3)
const crowds = [20, 50]
const goalRatio = 1.2
const timeoutMs = 60_000

await withCluster(async (cluster) => {
  await cluster.up()
  const config = await cluster.config()
  const client = await cluster.client()
  const cri = openCri(config.nodes[0]!.containerdSocket)
  const watcher = watchPods(client)
  /** Neither way may have to share the machine with the other's clearing up. */
  const remove = async (names: readonly string[]): Promise<void> => {
    await Promise.all(names.flatMap((name) => [client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 }), watcher.seen(name, 'gone')]))
    while ((await cri.runtime.listPodSandboxes()).length > 0) await sleep(20)
    await sleep(200)
  }
  try {
    await defaultServiceAccount(client)
    const start = async (names: readonly string[]): Promise<{ fromApply: number; fromBinding: number }> => {
      const appliedAt = performance.now()
      const bound = names.map((name) => watcher.seen(name, 'bound'))
      const running = names.map((name) => watcher.seen(name, 'running'))
      await Promise.all(names.map((name) => apply(client, name)))
      const boundAt = Math.min(...(await Promise.all(bound)))
      const runningAt = Math.max(...(await Promise.all(running)))
      return { fromApply: runningAt - appliedAt, fromBinding: runningAt - boundAt }
    }
    const [ours, bare, whole]: [number[], number[], number[]] = [[], [], []]
    // The first of each warms files and code, and counts for nothing.
    for (let run = 0; run <= runs; run++) {
      const name = `one-${run}`
      const { fromApply, fromBinding } = await start([name])
      await remove([name])
      const viaCri = await bareStart(cri, config, `bare-${run}`)
      await viaCri.remove()
      if (run === 0) continue
      whole.push(fromApply)
      ours.push(fromBinding)
      bare.push(viaCri.milliseconds)
    }
    const rows: Row[] = [
      compared('one pod, binding to Running', ours, bare, inMilliseconds),
      { what: 'one pod, apply to Running', figure: inMilliseconds(whole), beside: `${(median(whole) / median(bare)).toFixed(2)} times the bare CRI calls` },
    ]
    for (const count of crowds) {
      const [together, alone]: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        const names = Array.from({ length: count }, (_, index) => `many-${count}-${round}-${index}`)
        together.push((await start(names)).fromBinding)
        await remove(names)
        let started: { remove(): Promise<void> }[] = []
        alone.push(
          await timed(async () => {
            started = await Promise.all(names.map((name) => bareStart(cri, config, `bare-${name}`)))
          }),
        )
        await Promise.all(started.map(({ remove }) => remove()))
      }
      rows.push(compared(`${count} pods at once, first binding to all Running`, together, alone, inSeconds))
    }
    publish({
      name: 'pod-start',
      method: `A pod of one container (\`${helloImageName}\`, with a service-account token): its binding to phase Running as a watch sees them, ${runs} times, one at a time, in turns with the bare CRI calls for the same pod on the same containerd; median (least to most). Then ${crowds.join(' and ')} at once, both ways in turns, ${rounds} times each.`,
      rows,
    })
  } finally {
    cri.close()
    watcher.close()
    client.close()
  }
})

function compared(what: string, ours: readonly number[], bare: readonly number[], text: (milliseconds: readonly number[]) => string): Row {
  const ratio = median(ours) / median(bare)
  return {
    what,
    figure: text(ours),
    beside: `bare CRI calls ${text(bare)}: ${ratio.toFixed(2)} times`,
    goal: `at most ${goalRatio} times`,
    met: ratio <= goalRatio,
  }
}

function apply(client: Client, name: string): Promise<Pod> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: helloImageName, imagePullPolicy: 'IfNotPresent' }] },
  }
  return client.patch(pods, { namespace: 'default', name }, pod, { type: 'apply', fieldManager: 'bench' })
}

/** Pods are admitted only once their account is there; a controller makes it just after the namespace. */
async function defaultServiceAccount(client: Client): Promise<void> {
  for await (const { object } of client.watch(serviceAccounts, { namespace: 'default', fieldSelector: 'metadata.name=default', timeoutSeconds: 30 })) {
    if (object.metadata.name === 'default') return
  }
}

type Sight = 'bound' | 'running' | 'gone'

/** One watch of all pods; promises of what it will see, with the time. */
function watchPods(client: Client) {
  const waiting = new Set<{ name: string; what: Sight; resolve: () => void }>()
  const stop = new AbortController()
  const seen = (name: string, what: Sight): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`pod ${name} is not ${what} after ${timeoutMs / 1000} s`)), timeoutMs)
      const done = (): void => {
        clearTimeout(timer)
        resolve(performance.now())
      }
      waiting.add({ name, what, resolve: done })
    })
  const follow = async (): Promise<void> => {
    for await (const { type, object } of client.watch(pods, { namespace: 'default', signal: stop.signal })) {
      const is: Readonly<Record<Sight, boolean>> = {
        bound: object.spec.nodeName !== undefined,
        running: object.status?.phase === 'Running',
        gone: type === 'DELETED',
      }
      for (const each of waiting) {
        if (each.name !== object.metadata.name || !is[each.what]) continue
        waiting.delete(each)
        each.resolve()
      }
    }
  }
  void follow().catch((error) => {
    if (!stop.signal.aborted) throw error
  })
  return { seen, close: () => stop.abort() }
}

/** The three calls alone; the kubelet leaves a sandbox alone that does not carry its labels. */
async function bareStart(cri: Cri, config: ClusterConfig, name: string): Promise<{ milliseconds: number; remove(): Promise<void> }> {
  const node = config.nodes[0]!
  const logDirectory = join(node.dir, 'bench-logs', name)
  mkdirSync(join(logDirectory, 'main'), { recursive: true })
  const sandbox: SandboxConfig = {
    metadata: { name, namespace: 'default', uid: name, attempt: 0 },
    hostname: name,
    logDirectory,
    dnsConfig: { servers: [config.dnsAddress], searches: [`default.svc.${config.clusterDomain}`], options: ['ndots:5'] },
    linux: {
      cgroupParent: `${cgroupRoot(config, node.name)}/${name}`,
      securityContext: { namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' }, seccomp: { profileType: 'RuntimeDefault' } },
    },
  }
  let id = ''
  const milliseconds = await timed(async () => {
    id = await cri.runtime.runPodSandbox(sandbox)
    const container = await cri.runtime.createContainer(
      id,
      { metadata: { name: 'main', attempt: 0 }, image: { image: helloImageName }, logPath: 'main/0.log', linux: { resources: { cpuShares: 2 } } },
      sandbox,
    )
    await cri.runtime.startContainer(container)
  })
  return {
    milliseconds,
    async remove() {
      for (const { id: container, podSandboxId } of await cri.runtime.listContainers()) if (podSandboxId === id) await cri.runtime.stopContainer(container, 0)
      await cri.runtime.stopPodSandbox(id)
      await cri.runtime.removePodSandbox(id)
    },
  }
}
