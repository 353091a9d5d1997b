/** A helm that is killed with SIGKILL, at whichever request, leaves no release that blocks the next command for good. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { namespaces, secrets } from '#api/gen/resources.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { startHelmRig } from '#helm/testing/rig.ts'

const root = join(import.meta.dirname, '../..')
const heartbeat = 'helm.k8ts.dev/heartbeat'

test('after SIGKILL at any request that changes something, the next command goes on', async (t) => {
  const rig = await startHelmRig()
  t.after(() => rig[Symbol.asyncDispose]())
  writeCharts(rig.dir)
  const env = { PATH: process.env.PATH, HOME: rig.dir, KUBECONFIG: join(rig.dir, 'kubeconfig') }

  /** Gives the signal, or nothing when the line came to its end first. */
  async function killed(namespace: string, line: string, at: number): Promise<string | null> {
    const words = ['--import', join(root, 'pkg/helm/testing/kill-at.ts'), join(root, 'cmd/helm.ts'), '-n', namespace, ...line.split(' ')]
    const child = spawn(join(root, 'tools/node.sh'), words, { env: { ...env, KILL_AT: String(at) }, cwd: rig.dir, stdio: 'ignore' })
    const [, signal] = await once(child, 'close')
    return signal
  }

  /** As long a silence as means death, without waiting for it. */
  async function fallSilent(namespace: string): Promise<void> {
    const { items } = await rig.client.list(secrets, { namespace })
    for (const secret of items as any[]) {
      if (!secret.metadata.annotations?.[heartbeat]) continue
      secret.metadata.annotations[heartbeat] = String(Date.now() - 60_000)
      await rig.client.update(secrets, secret)
    }
  }

  const cases: [string, readonly number[]][] = [
    ['install a ./plain', [1, 2]],
    ['upgrade a ./web --hide-notes', [1, 3]],
    ['rollback a 1', [2]],
    ['uninstall a', [1]],
  ]
  for (const [index, [line, moments]] of cases.entries()) {
    for (const at of moments) {
      const namespace = `killed-${index}-${at}`
      await rig.client.create(namespaces, { metadata: { name: namespace } })
      const ours = (words: string) => rig.ours(`-n ${namespace} ${words}`)
      if (!line.startsWith('install')) assert.equal((await ours('install a ./plain')).code, 0)
      if (line.startsWith('rollback')) assert.equal((await ours('upgrade a ./plain')).code, 0)
      assert.equal(await killed(namespace, line, at), 'SIGKILL', `${line} at ${at}`)
      await fallSilent(namespace)
      const next = await ours('upgrade a ./plain --install')
      const told = `${line}, killed at change ${at}: ${next.stderr}`
      assert.equal(next.code, 0, told)
      const { stdout } = await ours('history a -o json')
      const statuses = JSON.parse(stdout).map((each: { status: string }) => each.status)
      assert.equal(statuses.at(-1), 'deployed', told)
      assert.ok(!statuses.some((status: string) => status.startsWith('pending')), `${told} ${statuses}`)
      assert.equal(statuses.filter((status: string) => status === 'deployed').length, 1, `${told} ${statuses}`)
      assert.equal((await ours('uninstall a')).code, 0)
    }
  }
})
