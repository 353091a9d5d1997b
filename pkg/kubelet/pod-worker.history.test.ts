/** Random histories of one pod: whatever happens and whenever, the invariants of a pod's life hold. A failure names its seed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, ContainerStatus, PodStatus } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { containersOf } from './runtime/containers.ts'
import { container, workerBench } from './testing/worker-bench.ts'

type Bench = Awaited<ReturnType<typeof workerBench>>

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** K8TS_HISTORIES asks for more of them. */
const seeds = Array.from({ length: Number(process.env.K8TS_HISTORIES ?? 12) }, (_, index) => index + 1)
for (const seed of process.env.K8TS_SEED ? [Number(process.env.K8TS_SEED)] : seeds) {
  test(`a pod keeps its invariants through history ${seed}`, async () => {
    const random = randomOf(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const some = (name: string, most: number, more: () => Partial<Container> = () => ({})): Container[] =>
      Array.from({ length: Math.floor(random() * (most + 1)) }, (_, index) => container(`${name}-${index}`, more()))
    const restartPolicy = pick(['Always', 'OnFailure', 'Never'] as const)
    const bench = await workerBench({
      restartPolicy,
      terminationGracePeriodSeconds: pick([0, 2, 30]),
      initContainers: some('init', 3, () => (random() < 0.4 ? { restartPolicy: 'Always' } : {})),
      containers: [container('main'), ...some('other', 2, () => (random() < 0.3 ? { lifecycle: { preStop: { sleep: { seconds: 1 } } } as never } : {}))],
    })
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
      'a dead sandbox': () => {
        const [id] = bench.cri.sandboxes.keys()
        if (id && !bench.cri.down && random() < 0.3) return bench.cri.runtime.stopPodSandbox(id).then(() => bench.worker().runtimeChanged())
      },
      'a restart of the kubelet': () => (bench.api() ? bench.restartKubelet() : undefined),
      'an outage begins': () => {
        bench.outage.on = true
      },
      'an outage ends': () => {
        bench.outage.on = false
      },
      'a change of labels': async () => {
        await bench.client
          .patch(pods, { namespace: 'default', name: 'web' }, { metadata: { labels: { at: String(random()) } } }, { type: 'merge' })
          .catch(() => {})
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
    } finally {
      await bench.end()
    }
  })
}

/** What must hold after each step. */
function judgeOf(bench: Bench, where: () => string): () => void {
  let seen = 0
  let before: PodStatus | undefined
  const pod = bench.worker().pod
  const entries = containersOf(pod)
  const inits = entries.filter(({ kind }) => kind === 'init' || kind === 'sidecar')
  return () => {
    const running = bench.cri.running()
    assert.equal(new Set(running).size, running.length, `one container runs twice at once: ${running}; ${where()}`)
    for (; seen < bench.cri.starts.length; seen++) {
      const { name, sandboxId, ended, begun } = bench.cri.starts[seen]!
      const position = inits.findIndex(({ container }) => container.name === name)
      for (const { container: earlier, kind } of position < 0 ? inits : inits.slice(0, position)) {
        // A sidecar may have ended since, and nobody has told the kubelet yet.
        const ok = (kind === 'init' ? ended : begun).has(`${sandboxId}/${earlier.name}`)
        assert.ok(ok, `${name} began before ${earlier.name} was done; ${where()}`)
      }
    }
    const status = bench.api()?.status
    if (!status) return
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
