import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { mergeKubeconfig, removeFromKubeconfig } from './kubeconfig-file.ts'

const options = { name: 'k8ts', user: 'k8ts-admin', server: 'https://127.0.0.1:6443', ca: 'CA', certificate: 'CERT', key: 'KEY' }

async function temporaryFile(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'k8ts-kubeconfig-'))
  t.after(() => rm(dir, { recursive: true }))
  return join(dir, 'deep', 'config')
}

test('merging twice gives one context, and removing takes exactly it out', async (t) => {
  const path = await temporaryFile(t)
  await mergeKubeconfig(path, options)
  await mergeKubeconfig(path, { ...options, server: 'https://127.0.0.1:7443' })
  const merged = parse(await readFile(path, 'utf8'))
  assert.deepEqual(
    merged.clusters.map((each: any) => [each.name, each.cluster.server]),
    [['k8ts', 'https://127.0.0.1:7443']],
  )
  assert.equal(merged['current-context'], 'k8ts')
  await removeFromKubeconfig(path, { cluster: 'k8ts', user: 'k8ts-admin' })
  const left = parse(await readFile(path, 'utf8'))
  assert.deepEqual([left.clusters, left.users, left.contexts, left['current-context']], [[], [], [], ''])
})

test("a user's own entries and comments stay", async (t) => {
  const path = await temporaryFile(t)
  await mergeKubeconfig(path, options)
  const text =
    '# mine\napiVersion: v1\nkind: Config\ncurrent-context: work\nclusters:\n- name: work\n  cluster: {server: "https://w"}\ncontexts: null\nusers: []\n'
  await writeFile(path, text)
  await mergeKubeconfig(path, options)
  const merged = await readFile(path, 'utf8')
  assert.match(merged, /# mine/)
  assert.deepEqual(
    parse(merged).clusters.map((each: any) => each.name),
    ['work', 'k8ts'],
  )
  assert.deepEqual(
    parse(merged).contexts.map((each: any) => each.name),
    ['k8ts'],
  )
})

test('an unreadable kubeconfig is refused and left alone', async (t) => {
  const path = await temporaryFile(t)
  await mergeKubeconfig(path, options)
  await writeFile(path, '- not\n- a mapping\n')
  await assert.rejects(mergeKubeconfig(path, options), /not a readable kubeconfig.*KUBECONFIG/)
  assert.equal(await readFile(path, 'utf8'), '- not\n- a mapping\n')
})
