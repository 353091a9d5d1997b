import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import type { AuthConfig, Image, ImageService } from '../cri/types.ts'
import { eventsOf } from '../testing/observe.ts'
import { imageManager, imageOf } from './image-manager.ts'
import { type PullRecordsOptions, type PullSecret, pullRecords, withoutTag } from './pull-records.ts'

const image = 'registry.example.com/team/app:1'
const onNode = [{ id: 'sha256:a', repoTags: [image], repoDigests: [] }]
const secret = (name: string, credentialHash: string): PullSecret => ({ uid: `uid-${name}`, namespace: 'default', name, credentialHash })

function bench(t: TestContext, more: Partial<PullRecordsOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-pulls-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const build = (changed: Partial<PullRecordsOptions> = {}) =>
    pullRecords({ imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages', directory, images: onNode, now: () => 0, ...more, ...changed })
  return { records: build(), build, directory }
}

test('tag and digest do not tell images apart', () => {
  for (const [given, name] of [
    ['app', 'app'],
    ['localhost:5000/app', 'localhost:5000/app'],
    ['localhost:5000/app:1@sha256:0123', 'localhost:5000/app'],
  ] as const) {
    assert.equal(withoutTag(given), name)
  }
})

test('what was pulled with a secret is for those who have it, or its credentials; what was loaded or needs none is for all', (t) => {
  const { records, build } = bench(t)
  assert.equal(records.mustPull(image, 'sha256:a', []), false, 'nobody pulled it')
  records.begin(image)
  assert.equal(records.mustPull(image, 'sha256:a', []), true, 'it is being pulled, and nobody knows yet for whom')
  records.pulled(image, 'sha256:a', { kubernetesSecrets: [secret('one', 'h1')] })
  for (const [name, secrets, must] of [
    ['no secret', [], true],
    ['another', [secret('two', 'h2')], true],
    ['the same', [secret('one', 'h1')], false],
    ['the same secret with a new password', [secret('one', 'h3')], false],
    ['another with the same password', [secret('three', 'h3')], false],
  ] as const) {
    assert.equal(records.mustPull(image, 'sha256:a', [...secrets]), must, name)
  }
  assert.equal(build().mustPull(image, 'sha256:a', []), true, 'a restarted kubelet knows')
  records.begin(image)
  records.pulled(image, 'sha256:a', { nodePodsAccessible: true })
  assert.equal(records.mustPull(image, 'sha256:a', []), false)
  assert.equal(records.mustPull('other.example.com/app:1', 'sha256:a', []), true, 'the same content by another name')
})

test('policies verify none, all, or all but those that are listed', (t) => {
  const { build } = bench(t)
  const must = (imagePullCredentialsVerificationPolicy: string, preloadedImagesVerificationAllowlist: string[] = []) =>
    build({ imagePullCredentialsVerificationPolicy, preloadedImagesVerificationAllowlist }).mustPull(image, 'sha256:a', [])
  assert.deepEqual([must('NeverVerify'), must('AlwaysVerify')], [false, true])
  assert.equal(must('NeverVerifyAllowlistedImages'), true)
  assert.equal(must('NeverVerifyAllowlistedImages', ['registry.example.com/team/app']), false)
  assert.equal(must('NeverVerifyAllowlistedImages', ['registry.example.com/team/*']), false)
  assert.equal(must('NeverVerifyAllowlistedImages', ['registry.example.com/te/*']), true)
})

test('a kubelet that died in a pull leaves an image that must be pulled again; records of images that are gone go, and broken ones let nobody in', (t) => {
  const { records, build, directory } = bench(t)
  records.begin(image)
  assert.equal(build().mustPull(image, 'sha256:a', []), true)
  assert.deepEqual(readdirSync(join(directory, 'pulling')), [])
  const [file] = readdirSync(join(directory, 'pulled'))
  writeFileSync(join(directory, 'pulled', file!), '{')
  assert.equal(build().mustPull(image, 'sha256:a', []), true)
  records.pulled(image, 'sha256:a', { nodePodsAccessible: true })
  build({ images: [] })
  assert.deepEqual(readdirSync(join(directory, 'pulled')), [])
})

test('a pod without the secret that an image was pulled with must pull it itself, and may not where it never pulls', async (t) => {
  const { build } = bench(t)
  const records = build({ images: [] })
  let stored: Image | undefined
  const asked: (AuthConfig | undefined)[] = []
  const images: ImageService = {
    listImages: async () => [],
    imageStatus: async () => stored,
    async pullImage(_name, auth) {
      asked.push(auth)
      if (auth?.password !== 'right') throw new Error('401 Unauthorized')
      stored = { id: 'sha256:a', repoTags: [image], repoDigests: [], size: 1, uid: null, username: '', pinned: false } as Image
      return 'sha256:a'
    },
    removeImage: async () => {},
    imageFsInfo: async () => [],
  }
  const secretOf = (name: string, password: string) => ({
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { 'registry.example.com': { username: 'u', password } } })).toString('base64') },
  })
  const secrets = new Map([
    ['good', secretOf('good', 'right')],
    ['bad', secretOf('bad', 'wrong')],
  ])
  const recorder = eventsOf()
  const manager = imageManager({
    images,
    recorder,
    clock: new FakeClock(),
    records,
    serializeImagePulls: true,
    registryPullQPS: 0,
    registryBurst: 0,
    objects: { get: async (_of, { name }) => secrets.get(name) as never },
  })
  const ensure = (uid: string, pullSecret: string | undefined, imagePullPolicy: 'IfNotPresent' | 'Never' = 'IfNotPresent') => {
    const container = { name: 'main', image, imagePullPolicy }
    const pod = {
      metadata: { uid, name: uid, namespace: 'default' },
      spec: { containers: [container], ...(pullSecret ? { imagePullSecrets: [{ name: pullSecret }] } : {}) },
    }
    return manager.ensure(pod as unknown as Pod, imageOf({ container, kind: 'regular' } as never))
  }
  await ensure('owner', 'good')
  await ensure('friend', 'good')
  assert.equal(asked.length, 1, 'one who has the secret does not pull again')
  await assert.rejects(ensure('thief', undefined), { reason: 'ErrImagePull', message: '401 Unauthorized' })
  await assert.rejects(ensure('guesser', 'bad'), { reason: 'ErrImagePull' })
  await assert.rejects(ensure('sly', undefined, 'Never'), {
    reason: 'ErrImageNeverPull',
    message: /^Container image ".*" is not present with pull policy of Never$/,
  })
  assert.equal((await ensure('owner-2', 'good', 'Never')).id, 'sha256:a')
})
