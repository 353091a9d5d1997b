import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { ensurePki } from '#cluster/components.ts'
import { planCluster, saveConfig } from '#cluster/config.ts'
import { keepPki, type OwnPair } from './keep-pki.ts'

const dayMs = 24 * 3_600_000

test('a control plane that runs for more than a year always shows certificates that last, each renewed once', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-pki-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const config = planCluster({ name: 'c', dataDir, nodes: 1 }, 0)
  await saveConfig(config)
  const clock = new FakeClock(Date.now())
  const abort = new AbortController()
  let shown = await ensurePki(config, clock)
  const renewed: OwnPair[] = []
  const kept = keepPki(config, shown, {
    clock,
    log: silentLogger,
    signal: abort.signal,
    use(pki, changed) {
      shown = pki
      renewed.push(...changed)
    },
  })
  const pairs: readonly OwnPair[] = ['apiServer', 'apiServerKubeletClient', 'frontProxyClient', 'controllerManager', 'scheduler', 'admin']
  const left = (pair: OwnPair) => new X509Certificate(shown[pair].certificate).validToDate.getTime() - clock.now()
  for (let days = 40; days <= 400; days += 40) {
    await clock.advance(40 * dayMs)
    // What is signed is signed beside the clock.
    for (let turn = 0; turn < 400 && pairs.some((pair) => left(pair) < 59 * dayMs); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
    for (const pair of pairs) assert.ok(left(pair) > 0, `${pair} after ${days} days`)
  }
  assert.deepEqual([...renewed].sort(), [...pairs].sort())
  abort.abort()
  await kept
})
