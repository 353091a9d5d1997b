/**
 * Random histories of one pod: whatever happens and whenever (starts, crashes, hangs, slow stops, restarts of runtime and kubelet, an API that
 * is away, deletion at any moment), the invariants of a pod's life hold. A failure names its seed, its history and the invariant.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, PodStatus } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { SeededRandom } from '#base/seeded-random.ts'
import { containersOf } from '../runtime/containers.ts'
import type { ContainerEntry } from '../types.ts'
import { container, workerBench } from '../testing/worker-bench.ts'

type Bench = Awaited<ReturnType<typeof workerBench>>

const resourcesOf = (cpu: string): NonNullable<Container['resources']> => ({ requests: { cpu }, limits: { cpu } })

const livenessProbe: NonNullable<Container['livenessProbe']> = { exec: { command: ['well'] }, periodSeconds: 5, failureThreshold: 2 }

/** Some ends of it begin all containers anew. */
const asksForAll: Partial<Container> = {
  restartPolicy: 'Never',
  restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [137] } }],
}

/** Calls of the runtime and containers that some history came to. */
const reached = new Set<string>()

/** K8TS_HISTORIES asks for more of them, K8TS_SEED for one of them again. */
const seeds = Array.from({ length: Number(process.env.K8TS_HISTORIES ?? 12) }, (_, index) => index + 1)
for (const seed of process.env.K8TS_SEED ? [Number(process.env.K8TS_SEED)] : seeds) {
  test(`a pod keeps its invariants through history ${seed}`, async () => {
    const seeded = new SeededRandom(seed)
    const random = () => seeded.next()
    const pick = <T>(list: readonly T[]): T => seeded.pick(list)
    const some = (name: string, most: number, more: () => Partial<Container> = () => ({})): Container[] =>
      Array.from({ length: Math.floor(random() * (most + 1)) }, (_, index) => container(`${name}-${index}`, more()))
    const restartPolicy = pick(['Always', 'OnFailure', 'Never'] as const)
    const bench = await workerBench({
      restartPolicy,
      terminationGracePeriodSeconds: pick([0, 2, 30]),
      initContainers: some('init', 3, () => (random() < 0.4 ? { restartPolicy: 'Always' } : {})),
      containers: [
        container('main', { resources: resourcesOf('200m'), livenessProbe, ...(seed % 3 === 0 ? asksForAll : {}) }),
        ...some('other', 2, () => (random() < 0.3 ? { lifecycle: { preStop: { sleep: { seconds: 1 } } } as never } : {})),
      ],
    })
    const change = async (patch: object) => {
      await bench.client.patch(pods, { namespace: 'default', name: 'web' }, patch, { type: 'strategic' }).catch(() => {})
      await bench.deliver()
    }
    const history: string[] = []
    const judge = judgeOf(bench, () => `seed ${seed}: ${history.join(', ')}`)
    const happenings: Readonly<Record<string, () => void | Promise<void>>> = {
      time: () => bench.advance(pick([1, 3, 12, 40])),
      exit: () => {
        const running = bench.cri.running()
        if (running.length > 0) bench.cri.exit(pick(running), pick([0, 0, 1, 137]))
      },
      'an exit that nobody reports': () => {
        const running = bench.cri.running()
        if (running.length === 0) return
        bench.cri.silent = true
        bench.cri.exit(pick(running), pick([0, 1]))
        bench.cri.silent = false
      },
      'a restart of the runtime': () => {
        bench.cri.down = !bench.cri.down
      },
      'a hang': () => {
        bench.cri.execExitCode = bench.cri.execExitCode === 0 ? 1 : 0
      },
      'a stubborn container': () => void bench.cri.stubborn.add(pick(['main', 'other-0', 'init-0'])),
      'a failing call': () => bench.cri.failNext(pick(['runPodSandbox', 'createContainer', 'startContainer', 'stopContainer', 'removeContainer']), 'it failed'),
      'a late call': () =>
        bench.cri.lateNext(pick(['runPodSandbox', 'createContainer', 'startContainer', 'stopContainer', 'removePodSandbox']), pick([1, 10, 90])),
      'a slow call': () => {
        const calls = ['runPodSandbox', 'createContainer', 'startContainer', 'stopContainer', 'stopPodSandbox', 'listContainers', 'containerStatus'] as const
        bench.cri.slowNext(pick(calls), pick([1, 5, 45]))
      },
      'a resize': () => change({ spec: { containers: [{ name: 'main', resources: resourcesOf(pick(['100m', '500m', '3', '9'])) }] } }),
      'an ephemeral container': () => {
        const old = bench.api()?.spec.ephemeralContainers ?? []
        return change({ spec: { ephemeralContainers: [...old, container(`debug-${old.length}`)] } })
      },
      'a dead sandbox': () => {
        const [id] = bench.cri.sandboxes.keys()
        if (!id || bench.cri.down || random() > 0.3) return
        // Not waited for: the call may be a slow one.
        bench.cri.runtime.stopPodSandbox(id).then(
          () => bench.worker().runtimeChanged(),
          () => {},
        )
      },
      'a restart of the kubelet': () => (bench.api() ? bench.restartKubelet() : undefined),
      'an outage begins': () => {
        bench.outage.on = true
      },
      'an outage ends': () => {
        bench.outage.on = false
      },
      'a change of labels': () => change({ metadata: { labels: { at: String(random()) } } }),
      'an eviction': () => {
        if (random() < 0.3) bench.worker().fail({ reason: 'Evicted', message: 'The node was low on resource: memory. ' }, pick([0, 5]))
      },
      'a deletion by force': async () => {
        if (random() > 0.15) return
        await bench.client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 }).catch(() => {})
        await bench.deliver()
      },
    }
    try {
      const deleteAt = Math.floor(random() * 25)
      for (let step = 0; step < 25; step++) {
        if (step === deleteAt && random() < 0.5) {
          history.push('deletion')
          await bench.client.delete(pods, { namespace: 'default', name: 'web' }).catch(() => {})
          await bench.deliver()
        }
        const what = pick(Object.keys(happenings))
        history.push(what)
        await happenings[what]!()
        await bench.rest()
        judge()
      }
      history.push('deletion')
      bench.outage.on = false
      bench.cri.down = false
      await bench.client.delete(pods, { namespace: 'default', name: 'web' }).catch(() => {})
      await bench.deliver()
      const until = bench.clock.now() + 600_000
      const gone = () => bench.finished.length === 1 || bench.isOrphaned()
      while (!gone() && bench.clock.now() < until) {
        await bench.advance(5)
        judge()
      }
      const where = `seed ${seed}: ${history.join(', ')}`
      assert.ok(
        gone(),
        `deletion always ends: not after ten minutes, ${bench.worker().state}, ${bench.cri.calls.slice(-6)}, next at ${bench.worker().nextAt - bench.clock.now()}; ${where}`,
      )
      // What the runtime does late must be found as well.
      if (bench.cri.late.count > 0) await bench.advance(200)
      judge()
      assert.equal(bench.cri.containers.size + bench.cri.sandboxes.size, 0, `no container outlives its pod; ${where}`)
      assert.equal(bench.api(), undefined, where)
      await bench.advance(40)
      // A call that is slow may have begun in the meantime, and is waited for.
      if (bench.clock.pending > 0) await bench.advance(50)
      assert.equal(bench.clock.pending, 0, `timers are left; ${where}`)
      for (const call of bench.cri.calls) reached.add(call.split(' ')[0]!)
      for (const { name } of bench.cri.starts) reached.add(name)
    } finally {
      await bench.end()
    }
  })
}

test('the histories have reached what they are to put to the test', { skip: process.env.K8TS_SEED ? 'one history alone' : false }, () => {
  for (const what of ['updateContainerResources', 'debug-0', 'init-0', 'other-0', 'stopContainer', 'removePodSandbox']) {
    assert.ok(reached.has(what), `none of the histories came to ${what}`)
  }
})

/** What is seen after a step. */
interface Sight {
  readonly running: readonly string[]
  /** Containers that have begun since the last step. */
  readonly begun: Bench['cri']['starts']
  readonly inits: readonly ContainerEntry[]
  readonly status: PodStatus | undefined
  /** What the status was after the step before. */
  readonly before: PodStatus | undefined
  readonly generation: number
}

const isOver = (status: PodStatus | undefined): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'
/** They are for looking at a pod that does not get on, and so wait for nobody. */
const isEphemeral = ({ name }: { readonly name: string }): boolean => name.startsWith('debug-')

/** What must hold after each step, in the words of the issue; each answers what is wrong. Two more are told at the end of a history. */
const invariants: Readonly<Record<string, (sight: Sight) => string | undefined | false>> = {
  'containers of one pod never run twice at once': ({ running }) => new Set(running).size !== running.length && `${running}`,
  'init order': ({ begun, inits }) => {
    for (const { name, sandboxId, ended, begun: earlier } of begun.filter((each) => !isEphemeral(each))) {
      const position = inits.findIndex(({ container: { name: init } }) => init === name)
      for (const { container: before, kind } of position < 0 ? inits : inits.slice(0, position)) {
        // A sidecar may have ended since, and nobody has told the kubelet yet.
        if (!(kind === 'init' ? ended : earlier).has(`${sandboxId}/${before.name}`)) return `${name} began before ${before.name} was done`
      }
    }
    return undefined
  },
  'no container outlives its pod': ({ running, status, before }) =>
    isOver(status) && isOver(before) && running.length > 0 && `the pod is over, and there is ${running}`,
  'status never goes backwards: phase': ({ status, before }) =>
    (before?.phase === 'Running' && status?.phase === 'Pending') || (isOver(before) && status && status.phase !== before?.phase)
      ? `${before?.phase} is ${status?.phase}`
      : undefined,
  'status never goes backwards: generation': ({ status, before, generation }) => {
    const observed = status?.observedGeneration ?? 0
    return (status && observed < (before?.observedGeneration ?? 0)) || observed > generation
      ? `${before?.observedGeneration} is ${observed} of ${generation}`
      : undefined
  },
  'status never goes backwards: start': ({ status, before }) =>
    status && before?.startTime && status.startTime !== before.startTime ? `${before.startTime} is ${status.startTime}` : undefined,
  'status never goes backwards: restarts': ({ status, before }) => {
    const listed = (of: PodStatus | undefined) => [...(of?.initContainerStatuses ?? []), ...(of?.containerStatuses ?? [])]
    const less = status && listed(before).find((was) => (listed(status).find(({ name }) => name === was.name)?.restartCount ?? 0) < was.restartCount)
    return less && `of ${less.name}, that had ${less.restartCount}`
  },
}

function judgeOf(bench: Bench, where: () => string): () => void {
  let seen = 0
  const debugged = new Set<string>()
  let before: PodStatus | undefined
  const inits = containersOf(bench.worker().pod).filter(({ kind }) => kind === 'init' || kind === 'sidecar')
  return () => {
    const begun = bench.cri.starts.slice(seen)
    seen = bench.cri.starts.length
    for (const { name } of begun.filter(isEphemeral)) {
      assert.ok(!debugged.has(name), `an ephemeral container begins once: ${name}; ${where()}`)
      debugged.add(name)
    }
    const api = bench.api()
    const sight = { running: bench.cri.running(), begun, inits, status: api?.status, before, generation: api?.metadata.generation ?? 0 }
    for (const [name, broken] of Object.entries(invariants)) {
      const what = broken(sight)
      assert.ok(!what, `${name}: ${what}; ${where()}`)
    }
    if (api?.status) before = api.status
  }
}
