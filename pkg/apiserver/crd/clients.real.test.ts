/** The real kubectl, and an operator written with @kubernetes/client-node, against a kind of one's own. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { CustomObjectsApi, KubeConfig, makeInformer } from '@kubernetes/client-node'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { byCertificate, startTestApiServer, type TestApiServer } from '../testing.ts'
import { type CronTab, cronTabDefinition, define } from './test-definition.ts'

const missing = spawnSync('kubectl', ['version', '--client']).status !== 0 ? 'kubectl is not on PATH' : false

interface Served {
  readonly control: TestApiServer
  readonly dir: string
  readonly config: object
}

async function served(use: (served: Served) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'k8ts-crd-'))
  await using control = await startTestApiServer({ authenticators: [byCertificate] })
  try {
    const pki = await createClusterPki(join(dir, 'pki'), { addresses: [], nodes: [] })
    const tls = { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.certificate }
    const listening = await control.server.listen({ port: 0, tls })
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${listening.port}`, 'certificate-authority-data': base64(pki.ca.certificate) } }],
      users: [{ name: 'u', user: { 'client-certificate-data': base64(pki.admin.certificate), 'client-key-data': base64(pki.admin.key) } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }
    await use({ control, dir, config })
    await listening.close()
  } finally {
    await rm(dir, { recursive: true })
  }
}

const cron = (replicas: number) => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name: 'a', namespace: 'default' },
  spec: { cronSpec: '* * * * *', replicas },
})

test('kubectl defines a kind, waits for it, and works with its objects', { skip: missing }, async () => {
  await served(async ({ dir, config }) => {
    const file = async (name: string, object: object) => {
      const path = join(dir, name)
      await writeFile(path, JSON.stringify(object))
      return path
    }
    const kubeconfig = await file('kubeconfig', config)
    const kubectl = async (...args: string[]) =>
      (await promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig, '--cache-dir', join(dir, 'cache'), ...args])).stdout
    const crd = await file('crd.json', { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', ...cronTabDefinition() })
    assert.match(await kubectl('apply', '-f', crd), /crontabs\.stable\.example\.com created/)
    assert.match(await kubectl('wait', '--for=condition=Established', 'crd/crontabs.stable.example.com', '--timeout=5s'), /condition met/)
    const object = await file('a.json', cron(2))
    assert.equal(await kubectl('apply', '-f', object), 'crontab.stable.example.com/a created\n')
    assert.equal(await kubectl('apply', '-f', object), 'crontab.stable.example.com/a unchanged\n')
    assert.match(await kubectl('get', 'ct'), /^NAME +SPEC +REPLICAS\na +\* \* \* \* \* +2\n$/)
    assert.equal(await kubectl('scale', 'ct/a', '--replicas=4'), 'crontab.stable.example.com/a scaled\n')
    assert.match(await kubectl('get', 'all'), /crontab\.stable\.example\.com\/a/)
    assert.match(await kubectl('explain', 'ct.spec.replicas'), /FIELD: replicas <integer>/)
    const bad = await file('bad.json', cron(11))
    await assert.rejects(
      kubectl('apply', '-f', bad),
      /The CronTab "a" is invalid: spec\.replicas: Invalid value: 11: spec\.replicas in body should be less than or equal to 10/,
    )
    const unknown = await file('unknown.json', { ...cron(1), spec: { ...cron(1).spec, nonsense: 1 } })
    await assert.rejects(kubectl('apply', '-f', unknown), /strict decoding error: unknown field "spec\.nonsense"/)
    assert.equal(
      await kubectl('delete', 'crd', 'crontabs.stable.example.com'),
      'customresourcedefinition.apiextensions.k8s.io "crontabs.stable.example.com" deleted\n',
    )
    // kubectl still has the name in its cache of discovery.
    await assert.rejects(kubectl('get', 'ct'), /the server could not find the requested resource/)
  })
})

test('an operator written with @kubernetes/client-node follows its kind and reports in its status', async () => {
  await served(async ({ control, config }) => {
    await define(control.client, cronTabDefinition())
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromString(JSON.stringify(config))
    const api = kubeConfig.makeApiClient(CustomObjectsApi)
    const of = { group: 'stable.example.com', version: 'v1', plural: 'crontabs' }
    const informer = makeInformer(kubeConfig, '/apis/stable.example.com/v1/crontabs', () => api.listClusterCustomObject(of) as never)
    const seen: string[] = []
    const done = Promise.withResolvers<void>()
    informer.on('error', (error: unknown) => done.reject(error))
    const reconcile = async (event: string, object: CronTab): Promise<void> => {
      const { name, namespace } = object.metadata
      seen.push(`${event} ${object.spec?.replicas} ${object.status?.replicas ?? '-'}`)
      if (event === 'delete') return done.resolve()
      if (object.status?.replicas === object.spec?.replicas) {
        await api.deleteNamespacedCustomObject({ ...of, namespace: namespace!, name: name! })
        return
      }
      await api.replaceNamespacedCustomObjectStatus({
        ...of,
        namespace: namespace!,
        name: name!,
        body: { ...object, status: { replicas: object.spec?.replicas } },
      })
    }
    for (const event of ['add', 'update', 'delete'] as const) {
      informer.on(event, (object: unknown) => void reconcile(event, object as CronTab).catch((error: unknown) => done.reject(error)))
    }
    await informer.start()
    await api.createNamespacedCustomObject({ ...of, namespace: 'default', body: cron(3) })
    await done.promise
    await informer.stop()
    assert.deepEqual(seen, ['add 3 -', 'update 3 3', 'delete 3 3'])
  })
})
