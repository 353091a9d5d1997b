import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { readCredentialProviders } from './configuration.ts'
import { matchesImage } from './match-image.ts'
import { credentialPlugins } from './provider.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-credentials-'))
after(() => rmSync(dir, { recursive: true }))
const version = 'credentialprovider.kubelet.k8s.io/v1'
const file = (text: string): string => {
  const path = join(dir, 'config.yaml')
  writeFileSync(path, `apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n${text}`)
  return path
}
writeFileSync(
  join(dir, 'helper'),
  `#!/bin/sh\nread request\necho "$request" > ${dir}/asked\necho '{"kind":"CredentialProviderResponse","apiVersion":"${version}","cacheKeyType":"Registry","auth":{"*.example.test":{"username":"'$1'","password":"'$SECRET'"}}}'\n`,
)
chmodSync(join(dir, 'helper'), 0o755)

test('patterns match by the parts of a host, the port and the beginning of the path', () => {
  for (const [pattern, image, expected] of [
    ['*.example.test', 'a.example.test/app:1', true],
    ['*.example.test', 'a.b.example.test/app:1', false],
    ['*.*.example.test', 'a.b.example.test/app:1', true],
    ['example.test', 'example.test:5000/app', false],
    ['example.test:5000/team', 'example.test:5000/team/app', true],
    ['example.test/team', 'example.test/other', false],
    ['reg-*.example.test', 'reg-1.example.test/x', true],
  ] as const) {
    assert.equal(matchesImage(pattern, image), expected, `${pattern} ${image}`)
  }
})

test('a configuration is read strictly', () => {
  const provider = (more: string) => file(`providers:\n- name: helper\n  matchImages: ["*.example.test"]\n  apiVersion: ${version}\n${more}`)
  assert.equal(readCredentialProviders(provider('  defaultCacheDuration: 1m'), dir)[0]!.defaultCacheMs, 60_000)
  assert.throws(() => readCredentialProviders(provider(''), dir), /providers\[0\]\.defaultCacheDuration: Required value/)
  assert.throws(() => readCredentialProviders(provider('  defaultCacheDuration: 1m\n  extra: 1'), dir), /unknown field "providers\[0\]\.extra"/)
  assert.throws(() => readCredentialProviders(provider('  defaultCacheDuration: 1m'), '/none'), /plugin binary executable \/none\/helper did not exist/)
  assert.throws(() => readCredentialProviders(file('providers: []'), dir), /at least 1 item/)
})

test('a plugin is asked by its standard input, and its answer holds for the registry', async () => {
  const path = file(
    `providers:\n- name: helper\n  matchImages: ["*.example.test"]\n  apiVersion: ${version}\n  defaultCacheDuration: 1m\n  args: [robot]\n  env: [{name: SECRET, value: hush}]\n`,
  )
  const clock = new FakeClock()
  const plugins = credentialPlugins({ providers: readCredentialProviders(path, dir), binDir: dir, clock, log: silentLogger })
  assert.deepEqual(await plugins.credentials('a.example.test/app:1'), [{ username: 'robot', password: 'hush' }])
  assert.deepEqual(await plugins.credentials('other.test/app:1'), [])
})

test('answers are remembered by what they are for, and a plugin that fails gives none', async () => {
  const clock = new FakeClock()
  const asked: string[] = []
  const provider = { name: 'p', matchImages: ['*.example.test'], defaultCacheMs: 60_000, apiVersion: version, args: [], env: {} }
  const answer = { kind: 'CredentialProviderResponse', apiVersion: version, cacheKeyType: 'Registry', auth: { 'a.example.test': { username: 'u' } } }
  const plugins = credentialPlugins({
    providers: [provider],
    binDir: '/',
    clock,
    log: silentLogger,
    exec: async (_provider, request) => {
      const { image } = JSON.parse(request)
      asked.push(image)
      if (image.startsWith('broken')) throw new Error('no')
      return JSON.stringify(answer)
    },
  })
  await plugins.credentials('a.example.test/one')
  await plugins.credentials('a.example.test/two')
  assert.deepEqual(asked, ['a.example.test/one'])
  await clock.advance(60_001)
  assert.deepEqual(await plugins.credentials('a.example.test/two'), [{ username: 'u', password: '' }])
  assert.deepEqual(await plugins.credentials('broken.example.test/x'), [])
})
