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
