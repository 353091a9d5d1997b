/** The operator against a real API server in this process: no cluster, no binaries, some hundred milliseconds. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApiextensionsV1Api, type ApiException, CoreV1Api, CustomObjectsApi, KubeConfig, makeInformer } from '@kubernetes/client-node'
import { type ControlPlane, startControlPlane } from 'k8ts'
import { crd, of, type Website } from './crd.ts'
import { type Operator, startOperator } from './operator.ts'

let controlPlane: ControlPlane
let kubeConfig: KubeConfig
let operator: Operator
const errors: unknown[] = []

before(async () => {
  controlPlane = await startControlPlane()
  kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(JSON.stringify(await controlPlane.kubeconfig()))
  await kubeConfig.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({ body: crd })
  await changed(kubeConfig, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', ({ status }) =>
    status?.conditions?.some(({ type, status: is }: { type: string; status: string }) => type === 'Established' && is === 'True'),
  )
  operator = await startOperator(kubeConfig, (error) => errors.push(error))
})

after(async () => {
  await operator.stop()
  await controlPlane.stop()
})

const path = `/apis/${of.group}/${of.version}/${of.plural}`
const website = (title: string) => ({ apiVersion: 'example.com/v1', kind: 'Website', metadata: { name: 'home', namespace: 'default' }, spec: { title } })

test('a website gets its page, a changed title changes it, and a deleted one takes it along', async () => {
  const api = kubeConfig.makeApiClient(CustomObjectsApi)
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const place = { ...of, namespace: 'default', name: 'home' }
  const page = async () => (await core.readNamespacedConfigMap({ namespace: 'default', name: 'home-page' })).data!['index.html']
  await api.createNamespacedCustomObject({ ...of, namespace: 'default', body: website('Hello') })
  await changed(kubeConfig, path, (object: Website) => object.status?.observedGeneration === 1)
  assert.equal(await page(), '<h1>Hello</h1>')

  const now = (await api.getNamespacedCustomObject(place)) as Website
  await api.replaceNamespacedCustomObject({ ...place, body: { ...now, spec: { title: 'Goodbye' } } })
  await changed(kubeConfig, path, (object: Website) => object.status?.observedGeneration === 2)
  assert.equal(await page(), '<h1>Goodbye</h1>')

  const gone = changed(kubeConfig, path, () => true, 'delete')
  await api.deleteNamespacedCustomObject(place)
  await gone
  await assert.rejects(page(), (error: ApiException<unknown>) => error.code === 404)
  assert.deepEqual(errors, [])
})

test('the rules of the kind hold', async () => {
  const api = kubeConfig.makeApiClient(CustomObjectsApi)
  await assert.rejects(api.createNamespacedCustomObject({ ...of, namespace: 'default', body: website('') }), /spec: Invalid value: .*: a website needs a title/)
})

/** Resolves when an object under the path is (or has become) what is asked for. */
async function changed(config: KubeConfig, at: string, what: (object: any) => unknown, event: 'change' | 'delete' = 'change'): Promise<void> {
  const api = config.makeApiClient(CustomObjectsApi)
  const [, , group, version, plural] = at.split('/') as [string, string, string, string, string]
  const informer = makeInformer(config, at, () => api.listClusterCustomObject({ group, version, plural }))
  const found = Promise.withResolvers<void>()
  informer.on('error', (error) => found.reject(error))
  informer.on(event, (object) => {
    if (what(object)) found.resolve()
  })
  await informer.start()
  try {
    await found.promise
  } finally {
    await informer.stop()
  }
}
