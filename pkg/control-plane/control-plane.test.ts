import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { createLogger } from '#base/log.ts'
import { clusterRoleBindings, configMaps, deployments, namespaces, replicaSets, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { isForbidden, isNotFound } from '#apimachinery/status-error.ts'
import { kubeconfigTransport, loadKubeconfig } from '#client/kubeconfig.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import { startControlPlane } from './start.ts'

const settings = { metadata: { namespace: 'default', name: 'settings' }, data: { a: '1' } }

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'k8ts-library-'))
  t.after(() => rm(directory, { recursive: true }))
  return directory
}

/** By a watch, so that nobody polls. */
async function until(client: Client, of: typeof replicaSets, what: (object: any) => boolean): Promise<void> {
  for await (const { object } of client.watch(of, { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true } as object))
    if (what(object)) return
}

test('one in this process answers, knows who asks, and leaves nothing open', async () => {
  const openBefore = process.getActiveResourcesInfo().filter((each) => each.startsWith('TCP')).length
  const controlPlane = await startControlPlane({ listen: false })
  await controlPlane.client.create(configMaps, settings)
  const ann = controlPlane.clientAs({ name: 'ann', groups: ['readers'] })
  await assert.rejects(ann.get(configMaps, settings.metadata), isForbidden)
  await controlPlane.client.create(clusterRoleBindings, {
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', name: 'readers', apiGroup: 'rbac.authorization.k8s.io' }],
  })
  assert.equal((await ann.get(configMaps, settings.metadata)).data!.a, '1')
  await assert.rejects(controlPlane.kubeconfig(), /listen: false has no certificates/)
  assert.equal(controlPlane.url, undefined)
  await controlPlane.stop()
  await controlPlane.stop()
  await assert.rejects(controlPlane.client.list(configMaps), /the control plane is not running/)
  await assert.rejects(controlPlane.restart(), /stopped/)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(process.getActiveResourcesInfo().filter((each) => each.startsWith('TCP')).length, openBefore)
})

test('over TLS a kubeconfig is all that a client needs, and a restart keeps port, objects and credentials', async (t) => {
  const directory = await temporaryDirectory(t)
  await using controlPlane = await startControlPlane()
  const path = join(directory, 'kubeconfig')
  await controlPlane.writeKubeconfig(path)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.ok((await readFile(path, 'utf8')).includes(controlPlane.url!))
  const transport = kubeconfigTransport(loadKubeconfig(path))
  t.after(() => transport.close())
  const admin = createClient(transport)
  await admin.create(configMaps, settings)
  await controlPlane.writeKubeconfig(path, { name: 'ben', groups: ['nobody'] })
  const other = kubeconfigTransport(loadKubeconfig(path))
  t.after(() => other.close())
  await assert.rejects(createClient(other).list(configMaps), /User "ben" cannot list resource "configmaps"/)
  const { url } = controlPlane
  await controlPlane.restart()
  assert.equal(controlPlane.url, url)
  assert.equal((await admin.get(configMaps, settings.metadata)).data!.a, '1')
  // kube-controller-manager and kube-scheduler ask for it before they begin.
  const trust = await admin.get(configMaps, { namespace: 'kube-system', name: 'extension-apiserver-authentication' })
  assert.equal(trust.data!['client-ca-file'], controlPlane.ca)
  assert.equal((await controlPlane.client.get(configMaps, settings.metadata)).data!.a, '1')
})

test('with a directory, objects, keys and the CA are found again, and secrets are sealed on disk', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data')
  const first = await startControlPlane({ dataDir })
  const { ca } = first
  await first.client.create(secrets, { metadata: { namespace: 'default', name: 's' }, stringData: { password: 'correct horse' } })
  const admin = await first.kubeconfig()
  await first.stop()
  assert.ok(!(await readFile(join(dataDir, 'state.db'))).includes(Buffer.from('correct horse').toString('base64')))
  const second = await startControlPlane({ dataDir })
  assert.equal(second.ca, ca)
  assert.equal((await second.client.get(secrets, { namespace: 'default', name: 's' })).data!.password, Buffer.from('correct horse').toString('base64'))
  assert.equal(admin.clusters[0]!.cluster['certificate-authority-data'], Buffer.from(second.ca!).toString('base64'))
  await second.stop()
})

/** What docs/encryption.md has between a cluster's end and its beginning. */
const rotation = /k8ts down\n([\s\S]*?)\nk8ts up/.exec(await readFile(join(import.meta.dirname, '../../docs/encryption.md'), 'utf8'))![1]!

test('the key is changed by the very lines of docs/encryption.md, and the older one may go after the next start', async (t) => {
  const openssl = findProgram('openssl')
  if (!openssl) return t.skip('no openssl on PATH')
  const dataDir = join(await temporaryDirectory(t), 'data')
  const said: string[] = []
  const log = createLogger({ component: 'test', write: (line) => void said.push(line) })
  const during = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    await using controlPlane = await startControlPlane({ dataDir, listen: false, log })
    return await work(controlPlane.client)
  }
  const at = { namespace: 'default', name: 's' }
  const password = (client: Client) => client.get(secrets, at).then(({ data }) => data!.password)
  const keyFile = join(dataDir, 'pki', 'encryption.key')
  await during((client) => client.create(secrets, { metadata: at, data: { password: 'aHVudGVyMg==' } }))
  const older = (await readFile(keyFile, 'utf8')).trim()
  assert.ok(rotation.includes('openssl rand'))
  await promisify(execFile)('sh', ['-e', '-c', rotation.replaceAll('/var/lib/k8ts', dataDir)], { cwd: dataDir })
  const [newer, second] = (await readFile(keyFile, 'utf8')).trim().split('\n')
  assert.equal(second, older)
  assert.equal(await during(password), 'aHVudGVyMg==')
  assert.equal(said.filter((line) => line.includes('secrets were sealed with the first key rewritten=1')).length, 1)
  await writeFile(keyFile, `${newer}\n`)
  assert.equal(await during(password), 'aHVudGVyMg==')
  await writeFile(keyFile, `${older}\n`)
  await assert.rejects(during(password))
})

test('the controllers that are asked for run, and no others', async () => {
  const complaints: string[] = []
  const log = createLogger({ component: 'test', level: 'warn', write: (line) => void complaints.push(line) })
  const options = { listen: false, log, controllers: ['deployment-controller', 'namespace-controller'] } as const
  await using controlPlane = await startControlPlane(options)
  const { client } = controlPlane
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await client.create(deployments, { metadata: { namespace: 'default', name: 'web' }, spec: { selector: { matchLabels: labels }, template } })
  await until(client, replicaSets, ({ metadata }) => metadata.name?.startsWith('web-'))
  await client.create(namespaces, { metadata: { name: 'gone' } })
  await client.delete(namespaces, { name: 'gone' })
  await until(client, namespaces as any, ({ metadata }) => metadata.name === 'gone' && metadata.deletionTimestamp)
  // The service account controller does not run.
  await assert.rejects(client.get(serviceAccounts, { namespace: 'default', name: 'default' }), isNotFound)
  assert.deepEqual(complaints, [])
})

test('a controller that does not exist is refused, and nothing stays behind', async () => {
  await assert.rejects(
    startControlPlane({ listen: false, controllers: ['deploymnet-controller'] }),
    /"deploymnet-controller" is not in the list of known controllers/,
  )
})
