/** `--wait` on a cluster with controllers and hollow nodes: what becomes ready is waited for, old and new Helm alike. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { startControllerManager } from '#controllers/manager.ts'
import { hollowKubelet } from '#controllers/testing/hollow-kubelet.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { noRealHelm, startHelmRig } from '#helm/testing/rig.ts'
import { createManager } from '#runtime/manager.ts'

test('install, upgrade and uninstall wait until pods are ready, and until all is gone', async (t) => {
  const rig = await startHelmRig()
  const abort = new AbortController()
  const log = createLogger({ component: 'test', level: 'error', write: () => {} })
  const common = { client: rig.client, clock: systemClock, log, signal: abort.signal }
  const manager = startControllerManager({ ...common, rootCa: 'PEM', podCidr: '10.244.0.0/16' })
  const hollow = createManager({ ...common, controllers: [hollowKubelet({ readyAfterMs: () => 300 })] })
  const hollowDone = hollow.run(abort.signal)
  t.after(async () => {
    abort.abort()
    await Promise.all([manager.done, hollowDone])
    await rig[Symbol.asyncDispose]()
  })
  await Promise.all([manager.ready, hollow.ready])
  writeCharts(rig.dir)
  const run = async (line: string): Promise<void> => {
    const { code, stderr } = await rig.ours(line)
    assert.equal(code, 0, stderr)
  }
  await run('install a ./web --wait --timeout 20s --set replicas=2')
  const made: any = await rig.client.get(deployments, { namespace: 'default', name: 'a' })
  assert.equal(made.status.readyReplicas, 2)
  await run('upgrade a ./web --wait=legacy --timeout 20s --set replicas=3')
  const changed: any = await rig.client.get(deployments, { namespace: 'default', name: 'a' })
  assert.equal(changed.status.readyReplicas, 3)
  if (!noRealHelm) assert.equal((await rig.real('upgrade a ./web --wait --timeout 20s --set replicas=1')).code, 0)
  await run('uninstall a --wait --timeout 20s')
  await assert.rejects(rig.client.get(deployments, { namespace: 'default', name: 'a' }), /not found/)
})
