import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { StaticCpus } from './cpu-manager.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import { reservedCpus } from './index.ts'

/** Four cores of two threads. */
const cores = [
  [0, 4],
  [1, 5],
  [2, 6],
  [3, 7],
]
const resources = (cpu: string) => ({ limits: { cpu, memory: '1Gi' }, requests: { cpu, memory: '1Gi' } })
const pod = (uid: string, ...cpus: string[]): Pod =>
  ({ metadata: { uid }, spec: { containers: cpus.map((cpu, index) => ({ name: `c${index}`, resources: resources(cpu) })) } }) as unknown as Pod

function bench(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-cpus-'))
  t.after(() => rmSync(root, { recursive: true }))
  const stateFile = join(root, 'cpu_manager_state')
  const changes: string[] = []
  const build = (): StaticCpus => new StaticCpus({ cores, reserved: [0], stateFile, onShared: () => changes.push(cpus.of('x', 'y').cpuSet) })
  const cpus: StaticCpus = build()
  return { cpus, build, changes, stateFile }
}

test('sets of CPUs are read and written as the kernel does', () => {
  assert.deepEqual(parseCpuSet('8,0-2\n'), [0, 1, 2, 8])
  assert.equal(formatCpuSet([8, 1, 0, 2]), '0-2,8')
  assert.equal(formatCpuSet([]), '')
  for (const bad of ['a', '3-1', '1-']) assert.throws(() => parseCpuSet(bad), /is not a set of CPUs/)
})

test('whole CPUs of a Guaranteed pod are its own, whole cores first; all others share the rest', (t) => {
  const { cpus, changes } = bench(t)
  cpus.allocate(pod('one', '2', '500m'))
  assert.deepEqual(cpus.of('one', 'c0'), { cpuSet: '1,5', isExclusive: true })
  assert.deepEqual(cpus.of('one', 'c1'), { cpuSet: '0,2-4,6-7', isExclusive: false })
  cpus.allocate({ ...pod('two', '2'), status: { qosClass: 'Burstable' } } as never)
  assert.equal(cpus.of('two', 'c0').isExclusive, false)
  cpus.release('one')
  assert.deepEqual(changes, ['0,2-4,6-7', '0-7'])
})

test('too few CPUs refuse the pod, and what was reserved is never given', (t) => {
  const { cpus } = bench(t)
  cpus.allocate(pod('one', '6'))
  assert.throws(() => cpus.allocate(pod('two', '1', '1')), {
    reason: 'UnexpectedAdmissionError',
    message: 'Allocate failed due to not enough cpus available to satisfy request: requested=1, available=0, which is unexpected',
  })
  cpus.allocate(pod('three', '1'))
  assert.equal(cpus.of('x', 'y').cpuSet, '0')
})

test('containers after an init container have its CPUs; a restarted kubelet knows them; a broken file stops it', (t) => {
  const { cpus, build, stateFile } = bench(t)
  const own = pod('one', '2')
  cpus.allocate({ ...own, spec: { ...own.spec, initContainers: [{ name: 'init', resources: resources('4') }] } } as never)
  const [init, main] = [parseCpuSet(cpus.of('one', 'init').cpuSet), parseCpuSet(cpus.of('one', 'c0').cpuSet)]
  assert.ok(main.every((cpu) => init.includes(cpu)))
  assert.deepEqual(build().of('one', 'c0'), cpus.of('one', 'c0'))
  writeFileSync(stateFile, readFileSync(stateFile, 'utf8').replace('"c0":"', '"c0":"0,'))
  assert.throws(build, /checkpoint is corrupted, please drain this node and delete the CPU manager checkpoint file/)
})

test('the static policy needs something reserved', () => {
  const settings = { cpuManagerPolicy: 'static', cpuManagerReconcilePeriod: '10s' } as never as Parameters<typeof reservedCpus>[0]
  assert.throws(() => reservedCpus(settings, cores), /requires systemreserved.cpu \+ kubereserved.cpu to be greater than zero/)
  assert.deepEqual(reservedCpus({ ...settings, kubeReserved: { cpu: '1500m' } }, cores), [0, 4])
  assert.deepEqual(reservedCpus({ ...settings, reservedSystemCPUs: '2-3' }, cores), [2, 3])
})
