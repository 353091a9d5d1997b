/** The package as npm would install it, without this checkout and without its dependencies: it must stand alone. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
let directory: string

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k8ts-package-'))
  await run('npm', ['pack', '--offline', '--loglevel=error', '--pack-destination', directory], {
    cwd: root,
    env: { ...process.env, npm_config_update_notifier: 'false' },
  })
  const archive = (await readdir(directory)).find((each) => each.endsWith('.tgz'))!
  await run('tar', ['-xzf', join(directory, archive), '-C', directory])
  await mkdir(join(directory, 'node_modules'))
  await rename(join(directory, 'package'), join(directory, 'node_modules', 'k8ts'))
})
after(() => rm(directory, { recursive: true }))

/** The first example of docs/library.md as it is written, and what it holds looked at before its end. */
const example = /```ts\n([\s\S]*?)```/.exec(await readFile(join(root, 'docs', 'library.md'), 'utf8'))![1]!
const end = 'await controlPlane.stop()\n'
const program = example.replace(
  end,
  `const found = await controlPlane.client.get(resources.configMaps, { namespace: 'default', name: 'a' })
console.log(found.data?.x, (await controlPlane.kubeconfig()).clusters[0]?.cluster.server === controlPlane.url)
const openApi = await controlPlane.client.request({ method: 'GET', path: '/openapi/v3/api/v1' })
console.log(/"image":\\{"description":"Container image name/.test(await openApi.text()))
${end}`,
)

test('the example of docs/library.md runs on the installed package as it is written, and the process ends by itself', async () => {
  assert.ok(example.includes(end))
  // What descriptions are read from comes with the package.
  const { dependencies } = JSON.parse(await readFile(join(directory, 'node_modules', 'k8ts', 'package.json'), 'utf8'))
  assert.ok('@kubernetes/client-node' in dependencies)
  await symlink(join(root, 'node_modules', '@kubernetes'), join(directory, 'node_modules', '@kubernetes'))
  await writeFile(join(directory, 'main.ts'), program)
  const { stdout } = await run(process.execPath, ['main.ts'], { cwd: directory, timeout: 30_000 })
  assert.equal(stdout, 'y true\ntrue\n')
  assert.deepEqual((await readdir(directory)).filter((each) => !each.endsWith('.tgz')).sort(), ['main.ts', 'node_modules'])
})

test('its declarations tell a TypeScript program what it gets', async () => {
  await writeFile(join(directory, 'main.ts'), program)
  await writeFile(join(directory, 'wrong.ts'), program.replace("'default', name: 'a' }, data", "'default', nmae: 'a' }, data"))
  for (const each of ['@types', '@grpc']) await mkdir(join(directory, 'node_modules', each), { recursive: true })
  for (const each of ['@types/node', 'undici-types', '@grpc/grpc-js'])
    await symlink(join(root, 'node_modules', each), join(directory, 'node_modules', each)).catch(() => {})
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', 'node', '--ignoreConfig']
  await writeFile(join(directory, 'package.json'), '{"type":"module"}')
  await run(tsc, [...options, 'main.ts'], { cwd: directory }).catch(({ stdout }) => assert.fail(stdout))
  await assert.rejects(run(tsc, [...options, 'wrong.ts'], { cwd: directory }), ({ stdout }: { stdout: string }) => /nmae/.test(stdout))
})
