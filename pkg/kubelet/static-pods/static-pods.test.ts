import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { withDefaults } from '../configuration/defaults.ts'
import { decodeManifest } from './decode-pod.ts'
import { StaticPods } from './static-pods.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-static-'))
after(() => rmSync(dir, { recursive: true }))
const origin = { source: 'file', from: '/m/web.yaml', nodeName: 'node-1', nowMs: 0 } as const
const manifest = (image = 'app:1', more = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: main, image: "${image}"}]\n${more}`

test('a manifest becomes a pod of this node, named, annotated and defaulted as upstream’s', () => {
  const [pod] = decodeManifest(manifest(), origin)
  const { metadata, spec } = pod!
  assert.equal(metadata.name, 'web-node-1')
  assert.equal(metadata.namespace, 'default')
  assert.match(metadata.uid, /^[0-9a-f]{32}$/)
  assert.deepEqual(metadata.annotations, {
    'kubernetes.io/config.hash': metadata.uid,
    'kubernetes.io/config.source': 'file',
    'kubernetes.io/config.seen': '1970-01-01T00:00:00Z',
  })
  assert.deepEqual([spec.nodeName, spec.restartPolicy, spec.containers[0]!.terminationMessagePath], ['node-1', 'Always', '/dev/termination-log'])
  assert.deepEqual(spec.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }])
  assert.notEqual(decodeManifest(manifest('app:2'), origin)[0]!.metadata.uid, metadata.uid, 'another content is another pod')
})

test('what is no pod, is invalid, or needs the API is refused', () => {
  assert.throws(() => decodeManifest('apiVersion: apps/v1\nkind: Deployment\n', origin), /couldn't parse as pod\(Deployment\)/)
  assert.throws(() => decodeManifest('apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}\n', origin), /invalid pod: \[spec.containers: /)
  assert.throws(() => decodeManifest(manifest('app:1', '  serviceAccountName: robot\n'), origin), /static pods may not reference serviceaccounts/)
  assert.throws(() => decodeManifest(manifest('app:1', '  volumes: [{name: v, secret: {secretName: s}}]\n'), origin), /static pods may not reference secrets/)
})

async function bench() {
  const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'))
  const client = createFakeClient({ clock })
  const stop = new AbortController()
  const running = new Map<string, Pod>()
  const mirrored: string[] = []
  const node = { uid: undefined as string | undefined }
  const path = join(dir, `${Math.random()}.yaml`)
  const statics: StaticPods = new StaticPods({
    client,
    clock,
    log: silentLogger,
    signal: stop.signal,
    nodeName: 'n1',
    nodeUid: () => node.uid,
    configuration: withDefaults({ staticPodPath: path }),
    accept: (pod) => void running.set(pod.metadata.uid, pod),
    end: () => {},
    present: (uid) => running.has(uid),
    onMirror: (uid) => void mirrored.push(uid),
  })
  const rest = async () => {
    for (let turn = 0; turn < 4; turn++) await settle()
  }
  const look = async () => {
    await clock.advance(20_000)
    await rest()
  }
  const mirror = () => client.peek(pods, 'default', 'web-n1') as Pod | undefined
  /** What the watch would tell. */
  const tell = async () => {
    const now = mirror()
    statics.mirrors.replace(now ? [now] : [])
    await rest()
  }
  return { client, running, mirrored, node, path, statics, stop, look, rest, tell, mirror, start: () => void statics.run() }
}

test('a static pod runs before the node is registered, and has a mirror after it', async () => {
  const { path, running, node, statics, start, rest, tell, mirror, mirrored, stop } = await bench()
  writeFileSync(path, manifest())
  start()
  await rest()
  assert.equal(running.size, 1)
  assert.ok(statics.ready)
  await tell()
  assert.equal(mirror(), undefined)
  node.uid = 'node-uid'
  await tell()
  const [uid] = running.keys()
  assert.deepEqual(mirrored, [uid])
  const { metadata } = mirror()!
  assert.equal(metadata.annotations?.['kubernetes.io/config.mirror'], uid)
  assert.deepEqual(metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid', controller: true }])
  assert.notEqual(metadata.uid, uid)
  assert.equal(statics.mirrors.uidOf(running.get(uid!)!), metadata.uid)
  stop.abort()
})

test('a mirror that somebody deletes is made again, and one of another content is replaced', async () => {
  const { path, node, client, start, rest, look, tell, mirror, running, statics, stop } = await bench()
  node.uid = 'node-uid'
  writeFileSync(path, manifest())
  start()
  await tell()
  const first = mirror()!
  await client.delete(pods, { namespace: 'default', name: 'web-n1' }, { gracePeriodSeconds: 0 })
  statics.mirrors.apply('DELETED', first)
  await rest()
  assert.notEqual(mirror()!.metadata.uid, first.metadata.uid)
  const second = mirror()!
  writeFileSync(path, manifest('app:2'))
  await look()
  assert.equal(running.size, 1, 'the new one waits until the old one has ended')
  const [old] = running.keys()
  running.delete(old!)
  statics.gone(old!)
  await look()
  assert.equal([...running.values()][0]!.spec.containers[0]!.image, 'app:2')
  assert.notEqual(mirror()!.metadata.uid, second.metadata.uid)
  rmSync(path)
  await look()
  await tell()
  assert.equal(mirror(), undefined, 'no mirror outlives its static pod')
  stop.abort()
})

test('a manifest that is broken afterwards leaves what runs alone', async () => {
  const { path, running, start, rest, look, statics, stop } = await bench()
  writeFileSync(path, manifest())
  start()
  await rest()
  writeFileSync(path, 'kind: {')
  await look()
  assert.equal(statics.list().length, 1)
  assert.equal(running.size, 1)
  stop.abort()
})
