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
import { nodeIdentity } from './node-identity.ts'

const dayMs = 24 * 3_600_000

test('a local node that runs for more than a year serves with and shows certificates that last, and none is left that has ended', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-identity-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const config = planCluster({ name: 'c', dataDir, nodes: 2 }, 0)
  await saveConfig(config)
  const clock = new FakeClock(Date.now())
  const abort = new AbortController()
  const [node] = config.nodes
  const identity = await nodeIdentity(config, node!, clock, silentLogger, abort.signal)
  t.after(() => {
    identity.kubelet.close()
    identity.network.close()
  })
  const served: string[] = [identity.serving.certificate]
  const kept = identity.keep((pair) => served.push(pair.certificate))
  const ends = (certificate: string) => new X509Certificate(certificate).validToDate.getTime()
  for (let days = 60; days <= 420; days += 60) {
    await clock.advance(60 * dayMs)
    // What is asked for is signed beside the clock.
    for (let turn = 0; turn < 200 && ends(served.at(-1)!) - clock.now() < 59 * dayMs; turn++) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.ok(ends(served.at(-1)!) > clock.now(), `after ${days} days`)
  }
  assert.ok(served.length > 1, 'it was never renewed')
  const { nodes, kubeProxy } = await ensurePki(config, clock)
  for (const { certificate } of [nodes[node!.name]!.client, nodes[node!.name]!.serving, kubeProxy]) assert.ok(ends(certificate) - clock.now() > 59 * dayMs)
  abort.abort()
  await kept
})
