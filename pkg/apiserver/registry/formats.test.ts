import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigMapSchema, PodSchema, SecretSchema } from '#api/gen/core/v1.ts'
import { configMaps, leases, pods } from '#api/gen/resources.ts'
import { decodeProtobuf, decodeWatchFrame, encodeProtobuf } from '#apimachinery/codec/protobuf.ts'
import { DeleteOptionsSchema, PartialObjectMetadataSchema } from '#apimachinery/gen/meta-v1.ts'
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { openStore } from '#storage/open.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'

const at = '/api/v1/namespaces/default/pods'
const pod = { metadata: { name: 'a', namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const protobuf = 'application/vnd.kubernetes.protobuf'

async function get(control: TestApiServer, path: string, headers: Record<string, string> = {}) {
  const response = await control.client.request({ method: 'GET', path, headers })
  return { status: response.status, type: response.headers['content-type'], text: await response.text() }
}

/** The bytes of so many frames that a length goes before, as of a watch in protobuf. */
async function frames(control: TestApiServer, count: number, accept: string): Promise<{ type: string; object: Buffer }[]> {
  const stop = new AbortController()
  const path = `${at}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`
  const response = await control.client.request({ method: 'GET', path, headers: { accept }, signal: stop.signal })
  assert.equal(response.headers['content-type'], `${protobuf};stream=watch`)
  let bytes = Buffer.alloc(0)
  const found: { type: string; object: Buffer }[] = []
  for await (const block of response.stream()) {
    bytes = Buffer.concat([bytes, block])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const end = 4 + bytes.readUInt32BE(0)
      // Upstream frames each event by its length in four bytes.
      found.push(decodeWatchFrame(bytes.subarray(4, end)))
      bytes = bytes.subarray(end)
    }
    if (found.length >= count) break
  }
  stop.abort()
  return found
}

test('answers are indented for who asks, and for people with curl or a browser', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, { metadata: { name: 'a', namespace: 'default' }, data: { k: 'v' } })
  const path = '/api/v1/namespaces/default/configmaps'
  const indented = /^\{\n {2}"kind": "ConfigMap(List)?",\n {2}"apiVersion": "v1",\n {2}"metadata": \{\n/
  for (const [query, headers, isPretty] of [
    ['?pretty=true', {}, true],
    ['?pretty=1', {}, true],
    ['', { 'user-agent': 'curl/8.0' }, true],
    ['', { 'user-agent': 'Mozilla/5.0 (X11)' }, true],
    ['', { 'user-agent': 'Wget/1.2' }, true],
    ['?pretty=false', { 'user-agent': 'curl/8.0' }, false],
    ['', { 'user-agent': 'kubectl/v1.36' }, false],
  ] as const)
    for (const each of [path, `${path}/a`]) {
      const { text } = await get(control, `${each}${query}`, headers)
      assert.equal(indented.test(text), isPretty, `${each}${query} ${JSON.stringify(headers)}`)
      assert.equal(text.endsWith('}\n'), !isPretty, 'only what is one line ends it')
    }
})

test('a watch in protobuf is frames of events, whole or of metadata alone', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, pod)
  const [added, end] = await frames(control, 2, protobuf)
  assert.equal(added!.type, 'ADDED')
  const object = decodeProtobuf<any>(PodSchema, added!.object)
  assert.deepEqual([object.metadata.name, object.spec.containers[0].image], ['a', 'i'])
  assert.equal(end!.type, 'BOOKMARK')
  assert.equal(decodeProtobuf<any>(PodSchema, end!.object).metadata.annotations['k8s.io/initial-events-end'], 'true')
  const [partial] = await frames(control, 1, `${protobuf};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`)
  assert.equal(decodeProtobuf<any>(PartialObjectMetadataSchema, partial!.object).metadata.name, 'a')
})

test('a watch of metadata alone, and one in a form that it cannot have', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, pod)
  const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
  const stop = new AbortController()
  const response = await control.client.request({ method: 'GET', path: `${at}?watch=1`, headers: { accept }, signal: stop.signal })
  for await (const block of response.stream()) {
    const event = JSON.parse(Buffer.from(block).toString().split('\n')[0]!)
    assert.deepEqual([event.object.kind, event.object.metadata.name, event.object.spec], ['PartialObjectMetadata', 'a', undefined])
    break
  }
  stop.abort()
  const refused = await get(control, `${at}?watch=1`, { accept: 'application/yaml' })
  assert.equal(refused.status, 406)
  assert.equal(
    (parseYaml(refused.text).value as { message: string }).message,
    `only the following media types are accepted: application/json;stream=watch, ${protobuf};stream=watch`,
  )
})

test('objects are written in JSON, YAML and protobuf alike; CBOR is off in 1.36 unless asked for, and is refused', async () => {
  await using control = await startTestApiServer()
  const write = async (type: string, body: string | Uint8Array) => {
    const response = await control.client.request({ method: 'POST', path: at, headers: { 'content-type': type, accept: protobuf }, body })
    const bytes = Buffer.from(await response.bytes())
    return response.status === 201 ? decodeProtobuf<any>(PodSchema, bytes).metadata.name : response.status
  }
  const named = (name: string) => ({ ...pod, metadata: { name } })
  assert.equal(await write('application/json; charset=utf-8', JSON.stringify(named('j'))), 'j')
  assert.equal(await write('application/yaml', 'metadata: {name: yaml}\nspec:\n  containers: [{name: c, image: i}]\n'), 'yaml')
  const inProtobuf = encodeProtobuf(PodSchema, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  assert.equal(await write(protobuf, inProtobuf), 'p')
  assert.equal(await write('application/cbor', new Uint8Array([0xd9, 0xd9, 0xf7, 0xa0])), 415)
  assert.equal((await get(control, at, { accept: 'application/cbor' })).status, 406)
  assert.equal((await get(control, at, { accept: 'application/cbor, application/json;q=0.5' })).type, 'application/json')
})

/** As no encoder of ours would write it: whoever read and wrote it again would lose the blanks and the order. */
const odd = (name: string, size = 0) =>
  `{"kind":"ConfigMap","apiVersion":"v1","metadata":{ "namespace" : "default",  "name":"${name}","uid":"u-${name}" },  "data" : {"b":"${'y'.repeat(size)}", "a":"\\u0041"} }`
const withRevision = (text: string, revision: string) => text.replace('"metadata":{', `"metadata":{"resourceVersion":"${revision}",`)

async function firstOf(control: TestApiServer, path: string, events: number): Promise<string> {
  const stop = new AbortController()
  const response = await control.client.request({ method: 'GET', path, signal: stop.signal })
  let text = ''
  for await (const block of response.stream()) {
    text += Buffer.from(block).toString()
    if (text.split('\n').length > events) break
  }
  stop.abort()
  return text
}
const asItem = (text: string) => text.replace('"kind":"ConfigMap","apiVersion":"v1",', '')

test('what is stored is sent as it is stored, by a get, a list and a watch: an unchanged object is never encoded again', async () => {
  const store = await openStore({ kind: 'memory' })
  const revisions: Record<string, string> = {}
  for (const name of ['one', 'two']) {
    const put = await store.put(`/registry/core/configmaps/default/${name}`, Buffer.from(odd(name)), { expectRevision: 0 })
    assert.ok(put.ok)
    revisions[name] = String(put.revision)
  }
  await using control = await startTestApiServer({ store })
  const path = '/api/v1/namespaces/default/configmaps'
  const texts = ['one', 'two'].map((name) => withRevision(odd(name), revisions[name]!))
  assert.equal((await get(control, `${path}/one`)).text, `${texts[0]}\n`)
  const list = (await get(control, path)).text
  assert.ok(list.endsWith(`"items":[${texts.map(asItem).join(',')}]}\n`), list)
  const event = (text: string) => `{"type":"ADDED","object":${text}}\n`
  assert.equal(await firstOf(control, `${path}?watch=1`, 2), texts.map(event).join(''))
  // Not even a selector has it read into another form.
  assert.equal(await firstOf(control, `${path}?watch=1&fieldSelector=metadata.name=one`, 1), event(texts[0]!))
  // As another server on the same store would write it.
  const put = await store.put('/registry/core/configmaps/default/three', Buffer.from(odd('three')), { expectRevision: 0 })
  assert.ok(put.ok)
  assert.equal(await firstOf(control, `${path}?watch=1&resourceVersion=${revisions.two}`, 1), event(withRevision(odd('three'), String(put.revision))))
})

test('a long list is made block by block, each when the one before is taken, so that others are answered between', async () => {
  const store = await openStore({ kind: 'memory' })
  const count = 600
  for (let index = 0; index < count; index++)
    await store.put(`/registry/core/configmaps/default/n${index}`, Buffer.from(odd(`n${index}`, 5000)), { expectRevision: 0 })
  await using control = await startTestApiServer({ store })
  const response = await control.client.request({ method: 'GET', path: '/api/v1/namespaces/default/configmaps' })
  const blocks: Buffer[] = []
  for await (const block of response.stream()) {
    blocks.push(Buffer.from(block))
    assert.equal((await get(control, '/api/v1/namespaces/default/configmaps/n0')).status, 200)
  }
  assert.ok(blocks.length >= (count * 5000) / (300 * 1024), `${blocks.length} blocks`)
  assert.ok(
    blocks.every(({ length }) => length < 300 * 1024),
    blocks.map(({ length }) => length).join(),
  )
  const text = Buffer.concat(blocks)
  assert.equal(text.length, Number(response.headers['content-length']))
  assert.equal(JSON.parse(text.toString()).items.length, count)
})

test('a protobuf body that is none, or is of another kind, is refused in the words of kube-apiserver 1.36', async () => {
  await using control = await startTestApiServer()
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'pb' } }
  const whole = encodeProtobuf(ConfigMapSchema, object)
  const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap):'
  const cases: [Uint8Array, number, string][] = [
    [Buffer.alloc(0), 400, `${unrecognized} empty data (<empty>)`],
    [whole.subarray(0, 4), 400, `${unrecognized} empty body (6b387300)`],
    [whole.subarray(0, whole.length - 8), 400, `${unrecognized} unexpected EOF (${whole.subarray(0, 30).toString('hex')} ...)`],
    [Buffer.from('{}'), 400, `${unrecognized} provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})`],
    [
      encodeProtobuf(SecretSchema, { ...object, kind: 'Secret' }),
      400,
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ],
    // What says nothing of its kind is taken for the path's; fields that nobody knows are passed over, however strict.
    [encodeProtobuf(ConfigMapSchema, { ...object, apiVersion: '', kind: '' }), 201, ''],
  ]
  for (const [body, code, message] of cases) {
    const response = await control.client.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps?dryRun=All&fieldValidation=Strict',
      headers: { 'content-type': protobuf },
      body,
    })
    const answer = JSON.parse(await response.text()) as { message?: string }
    assert.deepEqual([response.status, answer.message ?? ''], [code, message])
  }
})

test('options of a deletion in protobuf are of whatever version they name, as Go names that of what is deleted', async () => {
  await using control = await startTestApiServer()
  const lease = { metadata: { name: 'l', namespace: 'default' }, spec: {} }
  await control.client.create(leases, lease as never)
  const ask = async (apiVersion: string, kind: string, dryRun: string[] = []) => {
    const response = await control.client.request({
      method: 'DELETE',
      path: '/apis/coordination.k8s.io/v1/namespaces/default/leases/l',
      headers: { 'content-type': protobuf },
      body: encodeProtobuf(DeleteOptionsSchema, { apiVersion, kind, propagationPolicy: 'Background', dryRun }),
    })
    return [response.status, (JSON.parse(await response.text()) as { message?: string }).message ?? '']
  }
  for (const apiVersion of ['coordination.k8s.io/v1', 'apps/v1', 'v1', '']) assert.deepEqual(await ask(apiVersion, 'DeleteOptions', ['All']), [200, ''])
  assert.equal((await ask('v1', 'Secret'))[0], 400)
  assert.deepEqual(await ask('coordination.k8s.io/v1', 'DeleteOptions'), [200, ''])
})

test('an answer that cannot be given as asked is JSON, indented whoever asks', async () => {
  await using control = await startTestApiServer()
  const response = await control.client.request({ method: 'GET', path: '/api/v1/configmaps', headers: { accept: 'application/cbor' } })
  assert.equal(response.status, 406)
  assert.match(await response.text(), /^\{\n {2}"kind": "Status",\n {2}"apiVersion": "v1",/)
})
