import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '#base/log.ts'
import { applyOomScoreAdj, kernelFlagErrors } from './kernel-flags.ts'
import { swapBytes, systemInfo } from './machine.ts'

test('kernel settings that are not as they must be are named; a place that cannot be had is gone without', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-sys-'))
  t.after(() => rmSync(root, { recursive: true }))
  const write = (flag: string, value: number) => {
    mkdirSync(dirname(join(root, flag)), { recursive: true })
    writeFileSync(join(root, flag), `${value}\n`)
  }
  for (const [flag, value] of [
    ['vm/overcommit_memory', 1],
    ['vm/panic_on_oom', 0],
    ['kernel/panic', 0],
    ['kernel/panic_on_oops', 1],
    ['kernel/keys/root_maxkeys', 1e6],
    ['kernel/keys/root_maxbytes', 25e6],
  ] as const)
    write(flag, value)
  assert.deepEqual(kernelFlagErrors(root), ['invalid kernel flag: kernel/panic, expected value: 10, actual value: 0'])
  applyOomScoreAdj(-999, silentLogger, join(root, 'score'))
  assert.equal(readFileSync(join(root, 'score'), 'utf8'), '-999')
  applyOomScoreAdj(-999, silentLogger, join(root, 'none', 'score'))
})

test('of a runtime’s version that is not semantic the numbers alone are told', () => {
  const told = ['containerd://1.6.20~ds1', 'containerd://2.1.0-rc.1+x', 'cri-o://v1.33', 'other://next']
  assert.deepEqual(
    told.map((version) => systemInfo(version, 'v1.36.0').containerRuntimeVersion),
    ['containerd://1.6.20', 'containerd://2.1.0-rc.1+x', 'cri-o://1.33', 'other://next'],
  )
})

test('swap is the sum of what is swapped to', () => {
  const lines = ['Filename\tType\tSize\tUsed\tPriority', '/dev/zram0 partition 1024 0 100', '/swap file 1 0 -2']
  assert.equal(swapBytes(lines.join('\n')), 1025 * 1024)
  assert.equal(swapBytes(''), 0)
})
