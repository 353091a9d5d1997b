/** The informer of @kubernetes/client-node, when the server ends its watch and has forgotten where it was. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CoreV1Api, KubeConfig, ListWatch, type V1ConfigMap, Watch } from '@kubernetes/client-node'
import { configMaps, namespaces } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { startTestApiServer } from '#apiserver/testing.ts'

/** More changes than the server remembers of one resource. */
const forgotten = 2100

test('an informer whose watch ends goes on from where it was, and lists again when that is too long ago', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-client-node-'))
  const clock = new FakeClock(Date.now())
  await using control = await startTestApiServer({ clock, authorizer: { name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) } })
  const pki = await createClusterPki(dir, { addresses: [], nodes: [] })
  const door = await control.server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key } })
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'c', server: `https://127.0.0.1:${door.port}`, caData: Buffer.from(pki.ca.certificate).toString('base64') }],
    users: [{ name: 'u' }],
    contexts: [{ name: 'c', cluster: 'c', user: 'u' }],
    currentContext: 'c',
  })
  const api = config.makeApiClient(CoreV1Api)
  let lists = 0
  const list = () => {
    lists++
    return api.listNamespacedConfigMap({ namespace: 'mine' })
  }
  // What makeInformer makes, without its pauses.
  const path = '/api/v1/namespaces/mine/configmaps'
  const informer = new ListWatch<V1ConfigMap>(path, new Watch(config), list, false, undefined, undefined, { delayFn: async () => {} })
  const seen: string[] = []
  const failures: unknown[] = []
  informer.on('error', (error) => void failures.push(error))
  for (const event of ['add', 'update', 'delete'] as const) informer.on(event, (object) => void seen.push(`${event} ${object.metadata?.name}`))
  const { client } = control
  const make = (namespace: string, name: string) => client.create(configMaps, { metadata: { namespace, name } } as never)
  const watches = () => door.requests
  /** The server's time for it is up. */
  const endWatch = async () => {
    await until(() => watches() === 1, 'the watch has not come')
    await clock.advance(3_700_000)
  }
  try {
    for (const name of ['mine', 'others']) await client.create(namespaces, { metadata: { name } })
    await make('mine', 'a')
    await informer.start()
    await make('mine', 'b')
    await until(() => seen.includes('add b'), 'no event came')
    await endWatch()
    await make('mine', 'c')
    await until(() => seen.includes('add c'), 'no event came after the watch had ended')
    assert.equal(lists, 1)
    await Promise.all(Array.from({ length: forgotten }, (_, count) => make('others', `n-${count}`)))
    await endWatch()
    await until(() => lists === 2, 'it did not list again')
    await client.delete(configMaps, { namespace: 'mine', name: 'a' })
    await until(() => seen.includes('delete a'), 'no event came after the second list')
    assert.deepEqual(seen, ['add a', 'add b', 'add c', 'delete a'])
    assert.deepEqual(failures, [])
  } finally {
    await informer.stop()
    await door.close()
    rmSync(dir, { recursive: true })
  }
})

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(what)
}
