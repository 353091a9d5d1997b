import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { eventsOf } from '../testing/observe.ts'
import { withDefaults } from '../configuration/defaults.ts'
import type { KubeletConfiguration } from '../configuration/fields.ts'
import { EvictionManager, overLimit } from './eviction-manager.ts'
import { usedBelow } from './observe.ts'
import { evictionNotice, rankForEviction } from './rank.ts'
import { evictionSettings } from './settings.ts'
import { thresholdsMet } from './thresholds.ts'
import type { Observation, PodUsage, Signal } from './types.ts'

const mebi = 1024 * 1024
const usage = (name: string, memoryMi: number, more: { request?: string; priority?: number; diskMi?: number } = {}): PodUsage => ({
  pod: {
    metadata: { name, namespace: 'default', uid: name },
    spec: { priority: more.priority ?? 0, containers: [{ name: 'main', resources: more.request ? { requests: { memory: more.request } } : {} }] },
  } as unknown as Pod,
  memoryBytes: memoryMi * mebi,
  diskBytes: (more.diskMi ?? 0) * mebi,
  inodes: 0,
  processes: 0,
  emptyDirs: new Map(),
  containers: [{ name: 'main', memoryBytes: memoryMi * mebi, diskBytes: (more.diskMi ?? 0) * mebi }],
})

function bench(usages: PodUsage[], configuration: KubeletConfiguration = {}) {
  const clock = new FakeClock()
  const seen = eventsOf()
  const observed = new Map<Signal, Observation>([
    ['memory.available', { available: 500 * mebi, capacity: 1000 * mebi }],
    ['nodefs.available', { available: 50, capacity: 100 }],
  ])
  const evicted: string[] = []
  const manager = new EvictionManager({
    clock,
    log: silentLogger,
    recorder: seen,
    nodeName: 'n',
    ...evictionSettings(withDefaults(configuration)),
    observe: async () => observed,
    usage: async (pods) => usages.filter(({ pod }) => pods.includes(pod)),
    activePods: () => usages.map(({ pod }) => pod).filter(({ metadata }) => !evicted.some((each) => each.startsWith(`${metadata.name}:`))),
    reclaimDisk: async () => {},
    evict: (pod, message, grace, disruption) => void evicted.push(`${pod.metadata.name}:${grace}:${disruption}:${message}`),
  })
  return { clock, seen, observed, evicted, manager }
}

test('nothing happens while there is enough', async () => {
  const { manager, evicted } = bench([usage('a', 10)])
  await manager.synchronize()
  assert.deepEqual([manager.pressure(), evicted], [[], []])
})

test('under memory pressure one pod goes each round, those over their request first, and the condition holds for five minutes', async () => {
  const { manager, evicted, observed, clock, seen } = bench([
    usage('fair', 300, { request: '400Mi' }),
    usage('greedy', 200, { request: '50Mi' }),
    usage('small', 20),
  ])
  observed.set('memory.available', { available: 50 * mebi, capacity: 1000 * mebi })
  await manager.synchronize()
  assert.deepEqual(manager.pressure(), ['MemoryPressure'])
  assert.deepEqual(evicted, [
    'greedy:1:true:The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
      'Container main was using 200Mi, request is 50Mi, has larger consumption of memory. ',
  ])
  const told = { offending_containers: 'main', offending_containers_usage: '200Mi', starved_resource: 'memory' }
  assert.deepEqual(seen.events.find(({ reason }) => reason === 'Evicted')?.annotations, told)
  assert.ok(seen.events.some(({ reason, message }) => reason === 'EvictionThresholdMet' && message === 'Attempting to reclaim memory'))
  await manager.synchronize()
  assert.equal(evicted.length, 2)
  assert.ok(evicted[1]?.startsWith('small:'))
  observed.set('memory.available', { available: 500 * mebi, capacity: 1000 * mebi })
  await clock.advance(299_000)
  await manager.synchronize()
  assert.deepEqual(manager.pressure(), ['MemoryPressure'])
  await clock.advance(2000)
  assert.deepEqual(manager.pressure(), [])
})

test('amounts are told as upstream’s quantities: by thousands where they are no bytes, percentages in bytes, and the pod as a whole where it asks as one', () => {
  const messageAt = (signal: Signal, threshold: string, observed: Observation, of = usage('p', 1)) => {
    const [met] = thresholdsMet({ [signal]: threshold }, new Map([[signal, observed]]))
    return evictionNotice(of, met!).message
  }
  assert.equal(
    messageAt('pid.available', '1000', { available: 900, capacity: 32768 }),
    'The node was low on resource: pids. Threshold quantity: 1k, available: 900. ',
  )
  assert.equal(
    messageAt('nodefs.inodesFree', '5%', { available: 12000, capacity: 1024000 }),
    'The node was low on resource: inodes. Threshold quantity: 50Ki, available: 12k. ',
  )
  assert.equal(
    messageAt('nodefs.available', '10%', { available: 1025, capacity: 30000 }, usage('p', 1, { diskMi: 3 })),
    'The node was low on resource: ephemeral-storage. Threshold quantity: 3000, available: 1025. ' +
      'Container main was using 3Mi, request is 0, has larger consumption of ephemeral-storage. ',
  )
  const whole = usage('p', 30)
  Object.assign(whole.pod.spec, { resources: { requests: { memory: '16Mi' } } })
  assert.equal(
    messageAt('memory.available', '100Mi', { available: 3 * mebi, capacity: 1000 * mebi }, whole),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 3Mi. ' +
      'Pod p was using 30Mi, request is 16Mi, has larger consumption of memory. ' +
      'Container main was using 30Mi, request is 0, has larger consumption of memory. ',
  )
})

test('programs are told in annotations who used more than was asked for, and of what', () => {
  const annotationsAt = (signal: Signal, of: PodUsage) => {
    const [met] = thresholdsMet({ [signal]: '10%' }, new Map([[signal, { available: 1, capacity: 1000 }]]))
    return evictionNotice(of, met!).annotations
  }
  const nobody = { offending_containers: '', offending_containers_usage: '' }
  assert.deepEqual(annotationsAt('pid.available', usage('p', 1)), { ...nobody, starved_resource: 'pids' })
  assert.deepEqual(annotationsAt('memory.available', usage('p', 10, { request: '20Mi' })), { ...nobody, starved_resource: 'memory' })
  const two = usage('p', 1, { diskMi: 3 })
  two.pod.spec.containers.push({ ...two.pod.spec.containers[0]!, name: 'side' })
  const containers = [...two.containers, { name: 'side', memoryBytes: 0, diskBytes: 5 * mebi }]
  const both = { offending_containers: 'main,side', offending_containers_usage: '3Mi,5Mi', starved_resource: 'ephemeral-storage' }
  assert.deepEqual(annotationsAt('nodefs.available', { ...two, containers }), both)
  const whole = usage('p', 30)
  Object.assign(whole.pod.spec, { resources: { requests: { memory: '16Mi' } } })
  assert.deepEqual(annotationsAt('memory.available', whole), {
    offending_pod: 'p',
    offending_pod_usage: '30Mi',
    offending_containers: 'main',
    offending_containers_usage: '30Mi',
    starved_resource: 'memory',
  })
})

test('what a container has written to its logs counts as its own', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-logs-'))
  try {
    for (const name of ['main', 'other']) mkdirSync(join(dir, name))
    writeFileSync(join(dir, 'main', '0.log'), Buffer.alloc(256 * 1024, 1))
    const { all, of } = await usedBelow(dir)
    assert.ok(of.get('main')! >= 256 * 1024 && of.get('other')! < 256 * 1024 && all >= of.get('main')!)
    assert.deepEqual(await usedBelow(join(dir, 'none')), { all: 0, of: new Map() })
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('critical pods are never evicted', async () => {
  const { manager, evicted, observed } = bench([usage('system', 900, { priority: 2_000_000_000 })])
  observed.set('memory.available', { available: 0, capacity: 1000 * mebi })
  await manager.synchronize()
  assert.deepEqual(evicted, [])
})

test('disk pressure frees images first, and evicts only if that was not enough', async () => {
  const pods = [usage('a', 1, { diskMi: 5 }), usage('b', 1, { diskMi: 9 })]
  const { manager, evicted, observed } = bench(pods)
  observed.set('nodefs.available', { available: 5, capacity: 100 })
  await manager.synchronize()
  assert.deepEqual(manager.pressure(), ['DiskPressure'])
  assert.equal(evicted.length, 1)
  assert.match(evicted[0]!, /^b:1:true:The node was low on resource: ephemeral-storage\. /)
})

test('lower priority goes before higher among those over their requests', () => {
  const ranked = rankForEviction([usage('high', 900, { priority: 10 }), usage('low', 10)], 'memory')
  assert.deepEqual(
    ranked.map(({ pod }) => pod.metadata.name),
    ['low', 'high'],
  )
})

test('limits of a pod’s own: emptyDir, the pod in all, one container', () => {
  const make = (containers: object[], volumes: object[] = [], more: Partial<PodUsage> = {}): PodUsage => ({
    ...usage('p', 0),
    pod: { metadata: { name: 'p' }, spec: { containers, volumes } } as unknown as Pod,
    ...more,
  })
  assert.equal(
    overLimit(make([{ name: 'main' }], [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }], { emptyDirs: new Map([['v', 2 * mebi]]) })),
    'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
  )
  const limited = (name: string, limit?: string) => ({ name, resources: limit ? { limits: { 'ephemeral-storage': limit } } : {} })
  assert.equal(
    overLimit(make([limited('a', '1Mi'), limited('b', '2Mi')], [], { diskBytes: 4 * mebi })),
    'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
  )
  assert.equal(
    overLimit(make([limited('a', '1Mi'), limited('b', '9Mi')], [], { diskBytes: 2 * mebi, containers: [{ name: 'a', memoryBytes: 0, diskBytes: 2 * mebi }] })),
    'Container a exceeded its local ephemeral storage limit "1Mi". ',
  )
})

test('a soft threshold counts when it was met for its grace period, and the pod gets a grace of its own', async () => {
  const { manager, evicted, observed, clock } = bench([usage('a', 10)], {
    evictionSoft: { 'memory.available': '200Mi' },
    evictionSoftGracePeriod: { 'memory.available': '1m' },
    evictionMaxPodGracePeriod: 20,
  })
  observed.set('memory.available', { available: 150 * mebi, capacity: 1000 * mebi })
  await manager.synchronize()
  assert.deepEqual([evicted, manager.pressure()], [[], []])
  await clock.advance(61_000)
  await manager.synchronize()
  assert.match(evicted[0]!, /^a:20:true:The node was low on resource: memory. Threshold quantity: 200Mi/)
  assert.deepEqual(manager.pressure(), ['MemoryPressure'])
})

test('once a threshold was met, evictionMinimumReclaim is reclaimed beyond it', async () => {
  const { manager, evicted, observed } = bench([usage('a', 10), usage('b', 5)], { evictionMinimumReclaim: { 'memory.available': '100Mi' } })
  observed.set('memory.available', { available: 150 * mebi, capacity: 1000 * mebi })
  await manager.synchronize()
  assert.equal(evicted.length, 0, 'it was never met')
  observed.set('memory.available', { available: 90 * mebi, capacity: 1000 * mebi })
  await manager.synchronize()
  observed.set('memory.available', { available: 150 * mebi, capacity: 1000 * mebi })
  await manager.synchronize()
  assert.equal(evicted.length, 2)
})

test('the transition period of the configuration holds a condition', async () => {
  const { manager, observed, clock } = bench([], { evictionPressureTransitionPeriod: '30s' })
  observed.set('memory.available', { available: 50 * mebi, capacity: 1000 * mebi })
  await manager.synchronize()
  observed.set('memory.available', { available: 500 * mebi, capacity: 1000 * mebi })
  await clock.advance(31_000)
  assert.deepEqual(manager.pressure(), [])
})
