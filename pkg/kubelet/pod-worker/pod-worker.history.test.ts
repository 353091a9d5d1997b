/** Random histories of one pod: whatever happens and whenever, the invariants of a pod's life hold. A failure names its seed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, ContainerStatus, PodStatus } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { SeededRandom } from '#base/seeded-random.ts'
import { containersOf } from '../runtime/containers.ts'
import { container, workerBench } from '../testing/worker-bench.ts'

type Bench = Awaited<ReturnType<typeof workerBench>>

const resourcesOf = (cpu: string): NonNullable<Container['resources']> => ({ requests: { cpu }, limits: { cpu } })

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
        container('main', { resources: resourcesOf('200m'), ...(seed % 3 === 0 ? asksForAll : {}) }),
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
        `the deletion has not ended after ten minutes: ${bench.worker().state}, ${bench.cri.calls.slice(-6)}, next at ${bench.worker().nextAt - bench.clock.now()}; ${where}`,
      )
      // What the runtime does late must be found as well.
      if (bench.cri.late.count > 0) await bench.advance(200)
      judge()
      assert.equal(bench.cri.containers.size + bench.cri.sandboxes.size, 0, `something outlives its pod; ${where}`)
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

/** What must hold after each step. */
function judgeOf(bench: Bench, where: () => string): () => void {
  let seen = 0
  const debugged = new Set<string>()
  let before: PodStatus | undefined
  const pod = bench.worker().pod
  const entries = containersOf(pod)
  const inits = entries.filter(({ kind }) => kind === 'init' || kind === 'sidecar')
  return () => {
    const running = bench.cri.running()
    assert.equal(new Set(running).size, running.length, `one container runs twice at once: ${running}; ${where()}`)
    for (; seen < bench.cri.starts.length; seen++) {
      const { name, sandboxId, ended, begun } = bench.cri.starts[seen]!
      // They are for looking at a pod that does not get on, and so wait for nobody; and run once.
      if (name.startsWith('debug-')) {
        assert.ok(!debugged.has(name), `${name} began twice; ${where()}`)
        debugged.add(name)
        continue
      }
      const position = inits.findIndex(({ container }) => container.name === name)
      for (const { container: earlier, kind } of position < 0 ? inits : inits.slice(0, position)) {
        // A sidecar may have ended since, and nobody has told the kubelet yet.
        const ok = (kind === 'init' ? ended : begun).has(`${sandboxId}/${earlier.name}`)
        assert.ok(ok, `${name} began before ${earlier.name} was done; ${where()}`)
      }
    }
    const api = bench.api()
    const status = api?.status
    if (!status) return
    assert.ok(!(before?.phase === 'Running' && status.phase === 'Pending'), `a pod that ran is pending again; ${where()}`)
    assert.ok((status.observedGeneration ?? 0) >= (before?.observedGeneration ?? 0), `an older generation is observed; ${where()}`)
    assert.ok((status.observedGeneration ?? 0) <= (api.metadata.generation ?? 0), `a generation is observed that there never was; ${where()}`)
    if (before?.startTime) assert.equal(status.startTime, before.startTime, `the pod has another start; ${where()}`)
    const over = before?.phase === 'Succeeded' || before?.phase === 'Failed'
    if (over) assert.equal(status.phase, before?.phase, `a pod that was over is not; ${where()}`)
    for (const was of before?.containerStatuses ?? []) {
      const is: ContainerStatus | undefined = status.containerStatuses?.find(({ name }) => name === was.name)
      assert.ok((is?.restartCount ?? 0) >= was.restartCount, `the restarts of ${was.name} went from ${was.restartCount} to ${is?.restartCount}; ${where()}`)
    }
    if (status.phase === 'Succeeded' || status.phase === 'Failed') {
      assert.ok(!over || running.length === 0, `containers run though the pod is over: ${running}; ${where()}`)
    }
    before = status
  }
}
