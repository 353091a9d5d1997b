import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { type FakeMachine, fakeMachine } from '../testing/numa-machine.ts'
import { TopologyManager } from '../topology/topology-manager.ts'
import { distributed, packed } from './choose.ts'
import { StaticCpus } from './cpu-manager.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import { reservedCpus } from './index.ts'
import { cpuOptions } from './options.ts'

/** Four cores of two threads. */
const fourCores = { nodes: 1, coresPerNode: 4, threads: 2 }
const resources = (cpu: string) => ({ limits: { cpu, memory: '1Gi' }, requests: { cpu, memory: '1Gi' } })
const pod = (uid: string, ...cpus: string[]): Pod =>
  ({ metadata: { uid }, spec: { containers: cpus.map((cpu, index) => ({ name: `c${index}`, resources: resources(cpu) })) } }) as unknown as Pod

function bench(t: TestContext, options: Record<string, string> = {}, shape: FakeMachine = fourCores) {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-cpus-'))
  t.after(() => rmSync(root, { recursive: true }))
  const stateFile = join(root, 'cpu_manager_state')
  const changes: string[] = []
  const build = (): StaticCpus =>
    new StaticCpus({
      machine: fakeMachine(shape),
      reserved: [0],
      stateFile,
      policyOptions: cpuOptions(options),
      onShared: () => changes.push(cpus.of('x', 'y').cpuSet),
    })
  const cpus: StaticCpus = build()
  const topology = new TopologyManager({ providers: [cpus] })
  return { cpus, build, changes, stateFile, admit: (of: Pod) => topology.admit(of) }
}

test('sets of CPUs are read and written as the kernel does', () => {
  assert.deepEqual(parseCpuSet('8,0-2\n'), [0, 1, 2, 8])
  assert.equal(formatCpuSet([8, 1, 0, 2]), '0-2,8')
  assert.equal(formatCpuSet([]), '')
  for (const bad of ['a', '3-1', '1-']) assert.throws(() => parseCpuSet(bad), /is not a set of CPUs/)
})

test('whole CPUs of a Guaranteed pod are its own, whole cores first; all others share the rest', async (t) => {
  const { cpus, changes, admit } = bench(t)
  await admit(pod('one', '2', '500m'))
  assert.deepEqual(cpus.of('one', 'c0'), { cpuSet: '1,5', isExclusive: true })
  assert.deepEqual(cpus.of('one', 'c1'), { cpuSet: '0,2-4,6-7', isExclusive: false })
  await admit({ ...pod('two', '2'), status: { qosClass: 'Burstable' } } as never)
  assert.equal(cpus.of('two', 'c0').isExclusive, false)
  cpus.release('one')
  assert.deepEqual(changes, ['0,2-4,6-7', '0-7'])
})

test('too few CPUs refuse the pod, and what was reserved is never given', async (t) => {
  const { cpus, admit } = bench(t)
  await admit(pod('one', '6'))
  await assert.rejects(admit(pod('two', '1', '1')), {
    reason: 'UnexpectedAdmissionError',
    message: 'Allocate failed due to not enough cpus available to satisfy request: requested=1, available=0, which is unexpected',
  })
  await admit(pod('three', '1'))
  assert.equal(cpus.of('x', 'y').cpuSet, '0')
})

test('containers after an init container have its CPUs; a restarted kubelet knows them; a broken file stops it', async (t) => {
  const { cpus, build, stateFile, admit } = bench(t)
  const own = pod('one', '2')
  await admit({ ...own, spec: { ...own.spec, initContainers: [{ name: 'init', resources: resources('4') }] } } as never)
  const [init, main] = [parseCpuSet(cpus.of('one', 'init').cpuSet), parseCpuSet(cpus.of('one', 'c0').cpuSet)]
  assert.ok(main.every((cpu) => init.includes(cpu)))
  assert.deepEqual(build().of('one', 'c0'), cpus.of('one', 'c0'))
  writeFileSync(stateFile, readFileSync(stateFile, 'utf8').replace('"c0":"', '"c0":"0,'))
  assert.throws(build, /checkpoint is corrupted, please drain this node and delete the CPU manager checkpoint file/)
})

test('the static policy needs something reserved', () => {
  const settings = { cpuManagerPolicy: 'static' } as never as Parameters<typeof reservedCpus>[0]
  const machine = fakeMachine(fourCores)
  assert.throws(() => reservedCpus(settings, machine), /requires systemreserved.cpu \+ kubereserved.cpu to be greater than zero/)
  assert.deepEqual(reservedCpus({ ...settings, kubeReserved: { cpu: '1500m' } }, machine), [0, 4])
  assert.deepEqual(reservedCpus({ ...settings, reservedSystemCPUs: '2-3' }, machine), [2, 3])
})

test('full-pcpus-only refuses what would share a core, and a pod that no whole cores are left for', async (t) => {
  const { admit, cpus } = bench(t, { 'full-pcpus-only': 'true' })
  await assert.rejects(admit(pod('one', '3')), {
    reason: 'SMTAlignmentError',
    message: 'SMT Alignment Error: requested 3 cpus not multiple cpus per core = 2',
  })
  await admit(pod('two', '4'))
  assert.equal(cpus.of('two', 'c0').cpuSet, '1-2,5-6')
  await assert.rejects(admit(pod('three', '4')), {
    message: 'SMT Alignment Error: not enough free physical CPUs: available physical CPUs = 2, requested CPUs = 4, CPUs per core = 2',
  })
})

test('strict-cpu-reservation keeps what shares off the reserved CPUs', (t) => {
  assert.equal(bench(t, { 'strict-cpu-reservation': 'true' }).cpus.of('x', 'y').cpuSet, '1-7')
})

test('options that are alpha, unknown or wrong are refused as upstream does', () => {
  for (const [given, message] of [
    [{ 'align-by-socket': 'true' }, 'CPU Manager Policy Alpha-level Options not enabled, but option "align-by-socket" provided'],
    [{ nonsense: 'true' }, 'unknown CPU Manager Policy option: "nonsense"'],
    [{ 'full-pcpus-only': 'yes' }, 'bad value for option "full-pcpus-only": strconv.ParseBool: parsing "yes": invalid syntax'],
  ] as const) {
    assert.throws(() => cpuOptions(given as never), { message })
  }
})

test('CPUs are taken by whole sockets, nodes, caches and cores, where the fewest are free; or spread over nodes', () => {
  const { cpus: all } = fakeMachine({ nodes: 2, coresPerNode: 4, threads: 2 })
  const free = (...less: number[]) => new Set(all.map(({ id }) => id).filter((id) => !less.includes(id)))
  const take = (count: number, ...less: number[]) => formatCpuSet(packed({ all, free: free(...less), count }))
  assert.equal(take(8), '0-3,8-11', 'a whole socket')
  assert.equal(take(2), '0,8', 'a whole core')
  assert.equal(take(2, 4, 12), '5,13', 'of the socket where the least is left')
  assert.equal(take(1, 0), '8', 'of the core that is broken already')
  assert.equal(take(9), '0-4,8-11')
  assert.throws(() => take(17), /not enough cpus available to satisfy request: requested=17, available=16/)
  const cached = fakeMachine({ nodes: 1, coresPerNode: 8, coresPerUncore: 4 }).cpus
  const left = new Set([1, 2, 3, 4, 5, 6, 7])
  assert.equal(formatCpuSet(packed({ all: cached, free: left, count: 4, alignUncore: true })), '4-7')
  assert.equal(formatCpuSet(packed({ all: cached, free: left, count: 4 })), '1-4')
  const spread = (count: number, groupSize: number) => formatCpuSet(distributed({ all, free: free(), count, groupSize }))
  assert.equal(spread(10, 2), '0-2,4-5,8-10,12-13')
  assert.equal(spread(4, 1), '0-1,8-9', 'one node can hold them')
})
