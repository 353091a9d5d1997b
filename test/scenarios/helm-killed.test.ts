/** A helm that is killed, at whichever request that changes something, leaves no release that blocks what comes next for good. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { frozenAt } from '#helm/testing/freeze-at.ts'

// After freeze-at.ts, which stands between the client and its requests.
const { configMaps, namespaces, secrets } = await import('#api/gen/resources.ts')
const { startHelmRig } = await import('#helm/testing/rig.ts')

const root = join(import.meta.dirname, '../..')
const heartbeat = 'helm.k8ts.dev/heartbeat'
const rig = await startHelmRig()
after(() => rig[Symbol.asyncDispose]())

/** An object, and one hook for everything that happens. */
const configMap = (name: string, annotations: object = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data: { revision: '{{ .Release.Revision }}' } })
mkdirSync(join(rig.dir, 'chart/templates'), { recursive: true })
writeFileSync(join(rig.dir, 'chart/Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 0.1.0\n')
writeFileSync(join(rig.dir, 'chart/templates/one.yaml'), configMap('one'))
const events = ['install', 'upgrade', 'rollback', 'delete'].flatMap((of) => [`pre-${of}`, `post-${of}`])
writeFileSync(join(rig.dir, 'chart/templates/hook.yaml'), configMap('hook', { 'helm.sh/hook': events.join(',') }))

let count = 0
async function freshNamespace(): Promise<string> {
  const name = `killed-${++count}`
  await rig.client.create(namespaces, { metadata: { name } })
  return name
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

const runs = (namespace: string) => (words: string) => rig.ours(`-n ${namespace} ${words}`)

async function statusesOf(namespace: string): Promise<string[]> {
  const { code, stdout } = await runs(namespace)('history a -o json')
  return code === 0 ? JSON.parse(stdout).map((each: { status: string }) => each.status) : []
}

interface Case {
  readonly before: readonly string[]
  readonly line: string
}

const cases: readonly Case[] = [
  { before: [], line: 'install a ./chart' },
  { before: ['install a ./chart', 'upgrade a ./chart'], line: 'upgrade a ./chart --history-max 2' },
  { before: ['install a ./chart', 'upgrade a ./chart'], line: 'rollback a 1' },
  { before: ['install a ./chart', 'upgrade a ./chart'], line: 'uninstall a' },
  { before: ['install a ./chart'], line: 'uninstall a --keep-history' },
]

/** What may come next, and what is to be true then. */
const followers: Readonly<Record<string, (namespace: string, told: string) => Promise<void>>> = {
  async 'upgrade --install goes on'(namespace, told) {
    const { code, stderr } = await runs(namespace)('upgrade a ./chart --install')
    assert.equal(code, 0, `${told}${stderr}`)
    const statuses = await statusesOf(namespace)
    assert.equal(statuses.at(-1), 'deployed', told)
    assert.equal(statuses.filter((status) => status === 'deployed').length, 1, `${told}${statuses}`)
    assert.ok(!statuses.some((status) => /^pending|uninstalling/.test(status)), `${told}${statuses}`)
    await rig.client.get(configMaps, { namespace, name: 'one' })
  },
  async 'uninstall leaves nothing'(namespace, told) {
    const { code, stderr } = await runs(namespace)('uninstall a')
    if (code !== 0) assert.match(stderr, /^Error: uninstall: Release not loaded: a: release: not found\n$/, told)
    assert.deepEqual(await statusesOf(namespace), [], told)
    await assert.rejects(rig.client.get(configMaps, { namespace, name: 'one' }), /not found/, told)
  },
  async 'list and status tell of it, and the revisions before it can be gone back to'(namespace, told) {
    const { code, stdout } = await runs(namespace)('status a -o json')
    const listed = JSON.parse((await runs(namespace)('list -o json')).stdout)
    assert.equal(code === 0 && JSON.parse(stdout).info.status !== 'superseded' ? listed.length : 0, code === 0 ? 1 : 0, told)
    const statuses = await statusesOf(namespace)
    if (statuses.length < 2) return
    const first = JSON.parse((await runs(namespace)('history a -o json')).stdout)[0].revision
    const back = await runs(namespace)(`rollback a ${first}`)
    assert.equal(back.code, 0, `${told}${back.stderr}`)
    const now = await statusesOf(namespace)
    assert.equal(now.at(-1), 'deployed', told)
    assert.ok(!now.some((status) => /^pending|uninstalling/.test(status)), `${told}${now}`)
  },
}

for (const { before, line } of cases) {
  test(`${line}: stopped at each request that changes something, what comes next goes on`, async () => {
    let moments = 0
    for (let isStopped = true; isStopped; moments++) {
      // The first follows every moment, the others take turns.
      const [first, ...others] = Object.entries(followers)
      for (const [name, follow] of [first!, others[moments % others.length]!]) {
        const namespace = await freshNamespace()
        const ours = runs(namespace)
        for (const each of before) assert.equal((await ours(each)).code, 0, each)
        isStopped = await frozenAt(moments + 1, () => ours(line))
        if (!isStopped) break
        await fallSilent(namespace)
        await follow(namespace, `${name}, after ${line} was stopped at change ${moments + 1}: `)
      }
    }
    assert.ok(moments > 4, `${moments} moments`)
  })
}

test('while it may be alive, what comes next is refused in the words of the original, with how long it takes', async () => {
  const namespace = await freshNamespace()
  const ours = runs(namespace)
  assert.equal((await ours('install a ./chart')).code, 0)
  assert.ok(await frozenAt(3, () => ours('upgrade a ./chart')))
  const { code, stderr } = await ours('upgrade a ./chart')
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^level=WARN msg="an operation is under way, or has died; without a sign of life it is taken for failed" status=pending-upgrade after=\d+s\nError: UPGRADE FAILED: another operation \(install\/upgrade\/rollback\) is in progress\n$/,
  )
})

/** Gives the signal, or nothing when the line came to its end first. */
async function killed(namespace: string, line: string, at: number): Promise<string | null> {
  const words = ['--import', join(root, 'pkg/helm/testing/kill-at.ts'), join(root, 'cmd/helm.ts'), '-n', namespace, ...line.split(' ')]
  const env = { PATH: process.env.PATH, HOME: rig.dir, KUBECONFIG: join(rig.dir, 'kubeconfig'), KILL_AT: String(at) }
  const child = spawn(join(root, 'tools/node.sh'), words, { env, cwd: rig.dir, stdio: 'ignore' })
  const [, signal] = await once(child, 'close')
  return signal
}

const kills: readonly (readonly [string, readonly number[]])[] = [
  ['install a ./chart', [1, 3]],
  ['upgrade a ./chart --history-max 2', [1, 4]],
  ['rollback a 1', [2]],
  ['uninstall a', [2]],
]
for (const [line, moments] of kills) {
  test(`${line}: killed with SIGKILL, what comes next goes on`, async () => {
    for (const at of moments) {
      const namespace = await freshNamespace()
      for (const each of cases.find((one) => one.line === line)!.before) assert.equal((await runs(namespace)(each)).code, 0)
      assert.equal(await killed(namespace, line, at), 'SIGKILL', `${line} at ${at}`)
      await fallSilent(namespace)
      await followers['upgrade --install goes on']!(namespace, `${line}, killed at change ${at}: `)
    }
  })
}
