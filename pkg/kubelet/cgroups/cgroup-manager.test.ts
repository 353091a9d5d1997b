import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { cgroupManager, limitsHugePages } from './cgroup-manager.ts'

const pod = (uid: string, resources: object, qosClass: string): Pod =>
  ({ metadata: { uid }, spec: { containers: [{ name: 'main', resources }] }, status: { qosClass } }) as unknown as Pod
const settings = { podPidsLimit: -1, cpuCFSQuota: true, cpuCFSQuotaPeriod: '100ms' }

/** Directories that stand for the kernel's: a file is there as soon as its directory is, as far as the test needs it. */
function bench(t: TestContext, files: Readonly<Record<string, readonly string[]>>) {
  const base = mkdtempSync(join(tmpdir(), 'k8ts-cgroups-'))
  t.after(() => rmSync(base, { recursive: true }))
  for (const [directory, names] of Object.entries(files)) {
    mkdirSync(join(base, directory), { recursive: true })
    for (const name of names) writeFileSync(join(base, directory, name), '')
  }
  return { base, read: (path: string) => (existsSync(join(base, path)) ? readFileSync(join(base, path), 'utf8') : undefined) }
}

test('on version 1 the classes share the CPU by what is requested, and all pods have what the node can give', (t) => {
  const { base, read } = bench(t, {
    'cpu/node/kubepods': ['cpu.shares'],
    'cpu/node/kubepods/burstable': ['cpu.shares'],
    'cpu/node/kubepods/besteffort': ['cpu.shares'],
    'memory/node/kubepods': ['memory.limit_in_bytes'],
    'hugetlb/node/kubepods/burstable/podb': ['hugetlb.2MB.limit_in_bytes'],
  })
  const cgroups = cgroupManager('node', settings, base)
  cgroups.enforce({ milliCpu: 1500, memoryBytes: 2 ** 30 })
  assert.deepEqual([read('cpu/node/kubepods/cpu.shares'), read('memory/node/kubepods/memory.limit_in_bytes')], ['1536', String(2 ** 30)])
  const burstable = pod('b', { requests: { cpu: '500m' }, limits: { 'hugepages-2Mi': '4Mi' } }, 'Burstable')
  cgroups.balance([burstable, pod('c', { requests: { cpu: '1' } }, 'Burstable'), pod('g', { requests: { cpu: '2' } }, 'Guaranteed')])
  assert.deepEqual([read('cpu/node/kubepods/burstable/cpu.shares'), read('cpu/node/kubepods/besteffort/cpu.shares')], ['1536', '2'])
  cgroups.balance([])
  assert.equal(read('cpu/node/kubepods/burstable/cpu.shares'), '2')
  cgroups.ensure(burstable)
  assert.equal(read('hugetlb/node/kubepods/burstable/podb/hugetlb.2MB.limit_in_bytes'), String(4 * 2 ** 20))
  assert.equal(limitsHugePages(base), true)
})

test('the quota of a pod is of as long a period as the configuration says', (t) => {
  const { base, read } = bench(t, { 'cpu/node/kubepods/podg': ['cpu.shares', 'cpu.cfs_quota_us', 'cpu.cfs_period_us'] })
  cgroupManager('node', { ...settings, cpuCFSQuotaPeriod: '10ms' }, base).ensure(pod('g', { requests: { cpu: '500m' }, limits: { cpu: '500m' } }, 'Guaranteed'))
  assert.deepEqual(
    ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) => read(`cpu/node/kubepods/podg/${file}`)),
    ['5000', '10000'],
  )
})

test('what a pod’s cgroup is set to is read back, on both versions; no limit is none', (t) => {
  const one = bench(t, { 'cpu/node/kubepods/burstable/podb': ['cpu.shares'], 'memory/node/kubepods/burstable/podb': ['memory.limit_in_bytes'] })
  const put = (base: string, files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(base, file), `${text}\n`)
  }
  const burstable = pod('b', { requests: { cpu: '100m' } }, 'Burstable')
  const split = cgroupManager('node', settings, one.base)
  const [cpu, memory] = ['cpu/node/kubepods/burstable/podb', 'memory/node/kubepods/burstable/podb']
  put(one.base, { [`${cpu}/cpu.shares`]: '102', [`${cpu}/cpu.cfs_quota_us`]: '-1', [`${cpu}/cpu.cfs_period_us`]: '100000' })
  put(one.base, { [`${memory}/memory.limit_in_bytes`]: '9223372036854771712' })
  assert.deepEqual(split.settings(burstable), { shares: 102, cpuLimitMilli: undefined, memoryLimit: undefined })
  put(one.base, { [`${cpu}/cpu.cfs_quota_us`]: '15000', [`${memory}/memory.limit_in_bytes`]: '1048576' })
  assert.deepEqual(split.settings(burstable), { shares: 102, cpuLimitMilli: 150, memoryLimit: 1048576 })
  assert.equal(split.settings(pod('c', {}, 'BestEffort')), undefined)
  const two = bench(t, { '.': ['cgroup.controllers'], 'node/kubepods/burstable/podb': [] })
  const directory = 'node/kubepods/burstable/podb'
  put(two.base, { [`${directory}/cpu.weight`]: '4', [`${directory}/cpu.max`]: 'max 100000', [`${directory}/memory.max`]: 'max' })
  const unified = cgroupManager('node', settings, two.base)
  assert.deepEqual(unified.settings(burstable), { shares: 80, cpuLimitMilli: undefined, memoryLimit: undefined })
  put(two.base, { [`${directory}/cpu.max`]: '20000 100000', [`${directory}/memory.max`]: '4096' })
  assert.deepEqual(unified.settings(burstable), { shares: 80, cpuLimitMilli: 200, memoryLimit: 4096 })
})

test('on version 2 the same are weights and maxima', (t) => {
  const { base, read } = bench(t, {
    '.': ['cgroup.controllers', 'cgroup.subtree_control'],
    'node/kubepods': ['cpu.weight', 'memory.max'],
    'node/kubepods/burstable': ['cpu.weight'],
    'node/kubepods/besteffort': ['cpu.weight'],
  })
  const cgroups = cgroupManager('node', settings, base)
  cgroups.enforce({ milliCpu: 2000, memoryBytes: 2 ** 30 })
  cgroups.balance([pod('b', { requests: { cpu: '1' } }, 'Burstable')])
  assert.deepEqual([read('node/kubepods/cpu.weight'), read('node/kubepods/memory.max')], ['79', String(2 ** 30)])
  assert.deepEqual([read('node/kubepods/burstable/cpu.weight'), read('node/kubepods/besteffort/cpu.weight')], ['39', '1'])
  assert.equal(limitsHugePages(base), false)
})

test('a pod’s directories go from every hierarchy, and are found in whichever has some left', (t) => {
  const { base } = bench(t, {
    'cpu/node/kubepods/besteffort/poda': [],
    'memory/node/kubepods/besteffort/podb/container': [],
    'unified/node/kubepods/burstable/podc/container': ['cgroup.procs'],
  })
  const cgroups = cgroupManager('node', settings, base)
  assert.deepEqual([...cgroups.list()].sort(), ['a', 'b', 'c'])
  for (const uid of ['a', 'b', 'c']) cgroups.remove(uid)
  assert.deepEqual(cgroups.list(), [])
  assert.ok(!existsSync(join(base, 'unified/node/kubepods/burstable/podc')))
})
