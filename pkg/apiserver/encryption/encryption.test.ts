import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { configMaps, secrets } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { openStore } from '#storage/open.ts'
import type { Store } from '#storage/types.ts'
import { startTestApiServer } from '../testing.ts'
import { parseEncryptionConfiguration } from './configuration.ts'
import { encryptionProviders } from './configured.ts'
import { aesGcmTransformer } from './index.ts'
import { KmsProvider } from './kms/provider.ts'
import { kmsService } from './kms/service.ts'
import { startTestKmsPlugin } from './kms/test-plugin.ts'
import { configuredProviders } from './providers.ts'
import { secretbox } from './secretbox.ts'

const directory = mkdtempSync(join(tmpdir(), 'k8ts-encryption-'))
after(() => rmSync(directory, { recursive: true }))
const context = { clock: systemClock, log: silentLogger }
const secret = (bytes: number, fill: number): string => Buffer.alloc(bytes, fill).toString('base64')
const configuration = (resources: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n${resources}`
const providersOf = (resources: string) => configuredProviders(parseEncryptionConfiguration(configuration(resources), 'FILE'), context)
const keys = (name: string, bytes: number, fill: number): string => `{keys: [{name: ${name}, secret: ${secret(bytes, fill)}}]}`
const encryption = (resources: string) => encryptionProviders(configuration(resources), { file: 'FILE', isReloaded: false, ...context })

test('what kube-apiserver 1.36.1 has sealed is opened, by each provider', async () => {
  const recorded: Record<string, { key: string; name: string; value: string }> = JSON.parse(
    readFileSync(new URL('recorded-1.36.json', import.meta.url), 'utf8'),
  )
  const socket = join(directory, 'recorded.sock')
  const plugin = await startTestKmsPlugin(socket)
  const stop = new AbortController()
  const { of, kms } = providersOf(
    `- {resources: [a], providers: [{aesgcm: ${keys('one', 32, 1)}}]}\n- {resources: [b], providers: [{aescbc: ${keys('two', 16, 2)}}]}\n- {resources: [c], providers: [{secretbox: ${keys('three', 32, 3)}}]}\n- {resources: [d], providers: [{kms: {apiVersion: v2, name: four, endpoint: "unix://${socket}"}}]}\n`,
  )
  await kms[0]!.start(stop.signal)
  for (const [kind, resource] of Object.entries({ aesgcm: 'a', aescbc: 'b', secretbox: 'c', kms: 'd' })) {
    const { key, name, value } = recorded[kind]!
    const sealed = Buffer.from(value, 'base64')
    const provider = of('', resource)!
    if (provider.needs?.(sealed)) await provider.prepare?.(sealed)
    const { plain } = provider.open(key, sealed)
    assert.match(Buffer.from(plain).toString('latin1'), new RegExp(`^k8s\\0.*${name}`, 's'), kind)
    const again = Buffer.from(provider.seal(key, plain))
    assert.equal(again.length, sealed.length, kind)
    assert.deepEqual(provider.open(key, again), { plain, isStale: false })
    if (kind === 'aesgcm' || kind === 'kms') assert.throws(() => provider.open(`${key}x`, sealed), /message authentication failed/)
  }
  stop.abort()
  await plugin.close()
})

test('a secretbox is opened only as it was sealed', () => {
  const provider = secretbox(Buffer.alloc(32, 9))
  for (const size of [0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 200]) {
    const plain = Buffer.from(Array.from({ length: size }, (_, at) => at % 251))
    const sealed = Buffer.from(provider.seal('k', plain))
    assert.deepEqual(provider.open('k', sealed), { plain, isStale: false })
    for (const at of [0, 24, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed[at]! ^= 1
      assert.throws(() => provider.open('k', changed), /output array was not large enough for encryption/)
    }
    assert.throws(() => secretbox(Buffer.alloc(32, 8)).open('k', sealed), /output array/)
  }
})

test('resources are sealed by the list that names them, by wildcards, or not at all', () => {
  const box = `[{secretbox: ${keys('k', 32, 1)}}]`
  const { of } = providersOf(`- {resources: [events, pods.metrics.k8s.io], providers: [{identity: {}}]}\n- {resources: ["*.", "*.apps"], providers: ${box}}\n`)
  const seals = (group: string, resource: string): boolean | undefined => {
    const provider = of(group, resource)
    return (
      provider &&
      Buffer.from(provider.seal('k', Buffer.from('{}')))
        .toString('latin1')
        .startsWith('k8s:enc:secretbox:v1:k:')
    )
  }
  assert.deepEqual(
    [seals('', 'events'), seals('', 'secrets'), seals('apps', 'deployments'), seals('metrics.k8s.io', 'pods'), seals('batch', 'jobs')],
    [false, true, true, false, undefined],
  )
  assert.ok(providersOf(`- {resources: ["*.*"], providers: ${box}}\n`).of('example.com', 'things'))
})

const at = { namespace: 'default', name: 's' }
const raw = async (store: Store, kind = 'secrets'): Promise<string> =>
  Buffer.from((await store.get(`/registry/core/${kind}/default/s`))!.value).toString('latin1')

test('a server seals what the file names, opens what its own key and older providers have sealed, and seals that anew when it is written', async () => {
  const store = await openStore({ kind: 'memory' }, { clock: systemClock })
  const own = aesGcmTransformer(new Uint8Array(32).fill(5))
  type Control = Awaited<ReturnType<typeof startTestApiServer>>
  const run = async (resources: string | undefined, work: (control: Control) => Promise<unknown>): Promise<void> => {
    await using control = await startTestApiServer({
      store,
      encryption: own,
      ...(resources === undefined ? {} : { encryptionProviders: encryption(resources) }),
    })
    await work(control)
  }
  const [cbc, gcm] = [`{aescbc: ${keys('old', 32, 1)}}`, `{aesgcm: ${keys('new', 32, 2)}}`]
  const same = async ({ client }: Control): Promise<void> => void (await client.update(secrets, await client.get(secrets, at)))
  await run(undefined, async ({ client }) => client.create(secrets, { metadata: at, data: { password: 'aHVudGVyMg==' } }))
  await run(`- {resources: [secrets], providers: [${cbc}]}\n`, async (control) => {
    assert.match(await raw(store), /^k8s:enc:aesgcm:v1:(?!old)/)
    assert.equal((await control.client.get(secrets, at)).data?.password, 'aHVudGVyMg==')
    await same(control)
    assert.match(await raw(store), /^k8s:enc:aescbc:v1:old:/)
    await control.client.create(configMaps, { metadata: at, data: { a: 'plain' } })
    assert.match(await raw(store, 'configmaps'), /plain/)
  })
  await run(`- {resources: [secrets, configmaps], providers: [${gcm}, ${cbc}, {identity: {}}]}\n`, async (control) => {
    await same(control)
    assert.match(await raw(store), /^k8s:enc:aesgcm:v1:new:/)
    await control.client.update(configMaps, await control.client.get(configMaps, at))
    assert.match(await raw(store, 'configmaps'), /^k8s:enc:aesgcm:v1:new:/)
    const before = await raw(store)
    await same(control)
    assert.equal(await raw(store), before)
  })
  await assert.rejects(
    run(`- {resources: [secrets], providers: [${cbc}]}\n`, async ({ client }) => client.get(secrets, at)),
    /unable to transform key "\/registry\/core\/(secrets|configmaps)\/default\/s": (no matching prefix found|identity transformer tried to read encrypted data)/,
  )
})

test('a server seals by a KMS plugin, and asks it once for all that one seed has sealed', async () => {
  const socket = join(directory, 'server.sock')
  const plugin = await startTestKmsPlugin(socket)
  const store = await openStore({ kind: 'memory' }, { clock: systemClock })
  const resources = `- {resources: [secrets], providers: [{kms: {apiVersion: v2, name: p, endpoint: "unix://${socket}"}}]}\n`
  {
    await using control = await startTestApiServer({ store, encryptionProviders: encryption(resources) })
    for (const name of ['s', 't', 'u']) await control.client.create(secrets, { metadata: { ...at, name } })
    assert.match(await raw(store), /^k8s:enc:kms:v2:p:/)
  }
  assert.deepEqual(plugin.asked, { Status: 1, Encrypt: 1, Decrypt: 0 })
  {
    await using control = await startTestApiServer({ store, encryptionProviders: encryption(resources) })
    assert.equal((await control.client.list(secrets, { namespace: 'default' })).items.length, 3)
  }
  assert.deepEqual(plugin.asked, { Status: 2, Encrypt: 2, Decrypt: 1 })
  await plugin.close()
})

test('a KMS plugin with another key gets another seed; one that is not well seals for three minutes more', async () => {
  const socket = join(directory, 'health.sock')
  const plugin = await startTestKmsPlugin(socket)
  const clock = new FakeClock()
  const stop = new AbortController()
  const asked: (() => void)[] = []
  const service = kmsService(`unix://${socket}`, 3000)
  const status = service.status.bind(service)
  /** The clock is moved, and the plugin waited for. */
  const next = async (ms: number): Promise<void> => {
    const answered = new Promise<void>((resolve) => asked.push(resolve))
    await clock.advance(ms)
    await answered
  }
  const watched = { ...service, status: () => status().finally(() => setImmediate(() => asked.shift()?.())) }
  const provider = new KmsProvider({ name: 'p', service: watched, clock, log: silentLogger })
  assert.throws(() => provider.seal('k', Buffer.from('a')), /got unexpected nil transformer/)
  await provider.start(stop.signal)
  assert.equal(provider.failure, undefined)
  const first = provider.seal('k', Buffer.from('a'))
  plugin.keyId = 'key-2'
  await next(60_000)
  await settled(() => provider.open('k', first).isStale)
  assert.equal(provider.open('k', provider.seal('k', Buffer.from('b'))).isStale, false)
  plugin.healthz = 'tired'
  plugin.keyId = ''
  await next(60_000)
  await settled(() => provider.failure !== undefined)
  assert.match(
    provider.failure!,
    /^kmsv2 Provider p is not healthy, error: \[got unexpected healthz status: tired, got invalid KMSv2 KeyID hash "": keyID is empty\]$/,
  )
  assert.ok(provider.seal('k', Buffer.from('a')))
  await clock.advance(9_000)
  for (let count = 0; count < 18; count++) await clock.advance(10_000)
  assert.throws(() => provider.seal('k', Buffer.from('a')), /expired at/)
  assert.equal(String(provider.open('k', first).plain), 'a')
  stop.abort()
  await plugin.close()
})

async function settled(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(holds())
}
