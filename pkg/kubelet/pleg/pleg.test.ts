import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import type { Cri } from '../cri/index.ts'
import { podUidLabel } from '../runtime/labels.ts'
import { Pleg } from './pleg.ts'

test('a container that ends while its start is still being answered is told of once it has ended', async () => {
  const clock = new FakeClock()
  const stop = new AbortController()
  let state = 'CONTAINER_CREATED'
  let tell: (event: { kind: 'exit'; id: string }) => void = () => {}
  const cri = {
    runtime: {
      listPodSandboxes: async () => [],
      listContainers: async () => [],
      containerStatus: async () => ({ state, labels: { [podUidLabel]: 'uid' } }),
    },
    events: {
      subscribe: (onEvent: typeof tell, onOpen: () => void, signal: AbortSignal) => {
        tell = onEvent
        onOpen()
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    },
  } as unknown as Cri
  const changed: string[] = []
  const pleg = new Pleg({ cri, clock, log: silentLogger, signal: stop.signal, onPodChange: (uid) => changed.push(`${uid} ${state}`), onRelist: () => {} })
  const done = pleg.run()
  await clock.advance(500)
  tell({ kind: 'exit', id: 'c' })
  await clock.advance(2)
  state = 'CONTAINER_RUNNING'
  await clock.advance(4)
  assert.deepEqual(changed, [])
  state = 'CONTAINER_EXITED'
  await clock.advance(8)
  assert.deepEqual(changed, ['uid CONTAINER_EXITED'])
  stop.abort()
  await clock.advance(1000)
  await done
})

test('without events every second a list tells of changes, and with them every minute', async () => {
  const clock = new FakeClock()
  const stop = new AbortController()
  let lists = 0
  let state = 'CONTAINER_RUNNING'
  const stream = { works: false }
  const cri = {
    runtime: {
      listPodSandboxes: async () => [],
      async listContainers() {
        lists++
        return [{ id: 'c', state, labels: { [podUidLabel]: 'uid' } }]
      },
    },
    events: {
      async subscribe(_onEvent: unknown, onOpen: () => void, signal: AbortSignal) {
        if (!stream.works) throw new Error('unknown service containerd.services.events.v1.Events')
        onOpen()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    },
  } as unknown as Cri
  const changed: string[] = []
  const pleg = new Pleg({ cri, clock, log: silentLogger, signal: stop.signal, onPodChange: (uid) => changed.push(uid), onRelist: () => {} })
  const done = pleg.run()
  await clock.advance(10_000)
  assert.ok(lists >= 9, `${lists} lists in ten seconds without events`)
  changed.length = 0
  state = 'CONTAINER_EXITED'
  await clock.advance(1_200)
  assert.deepEqual(changed, ['uid'])
  stream.works = true
  await clock.advance(5_000)
  lists = 0
  await clock.advance(60_000)
  assert.equal(lists, 1)
  stop.abort()
  await clock.advance(60_000)
  await done
})
