/** Credentials of registries: Helm's file, Docker's, and programs that keep them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { credentialsFor, forgetCredentials, keepCredentials } from './credentials.ts'
import { failureOf } from '../subprocess.ts'

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') })

interface Place {
  readonly path: string
  readonly env: Record<string, string>
  docker(config: object): void
  helm(config: object): void
  /** A program that keeps what it is told in a file, and knows `known`. */
  helper(name: string, known: object): string
}

function place(t: TestContext): Place {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-helm-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const [path, bin] = [join(dir, 'config.json'), join(dir, 'bin')]
  mkdirSync(join(dir, '.docker'))
  mkdirSync(bin)
  return {
    path,
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: dir },
    docker: (config) => writeFileSync(join(dir, '.docker/config.json'), JSON.stringify(config)),
    helm: (config) => writeFileSync(path, JSON.stringify(config)),
    helper(name, known) {
      const told = join(dir, `${name}.told`)
      const answers = Object.entries(known).map(([address, answer]) => `if [ "$1 $in" = "get ${address}" ]; then echo '${JSON.stringify(answer)}'; exit 0; fi`)
      const refusal = 'if [ "$1" = get ]; then echo "credentials not found in native keychain"; exit 1; fi'
      writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\nin=$(cat)\necho "$1 $in" >> ${told}\n${answers.join('\n')}\n${refusal}\n`, {
        mode: 0o755,
      })
      return told
    },
  }
}

test('what is kept is found again, by its owner alone, and forgotten', async (t) => {
  const { path, env } = place(t)
  await keepCredentials(path, 'one.example.com:5000', { username: 'me', password: 'a:b' }, env)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(await credentialsFor(path, 'one.example.com:5000', env), { username: 'me', password: 'a:b' })
  assert.equal(await credentialsFor(path, 'one.example.com', env), undefined)
  await forgetCredentials(path, 'one.example.com:5000', env)
  await forgetCredentials(path, 'never.example.com', env)
  assert.equal(await credentialsFor(path, 'one.example.com:5000', env), undefined)
})

test("Docker's file is asked where Helm's has none; its keys may be URLs, and hold identity tokens", async (t) => {
  const { path, env, docker, helm } = place(t)
  helm({ auths: { 'both.example.com': auth('helm:1') } })
  docker({
    auths: {
      'both.example.com': auth('docker:2'),
      'https://url.example.com/v1/': auth('url:3'),
      'token.example.com': { identitytoken: 'secret' },
      'https://index.docker.io/v1/': auth('hub:4'),
    },
  })
  assert.equal((await credentialsFor(path, 'both.example.com', env))?.username, 'helm')
  assert.equal((await credentialsFor(path, 'url.example.com', env))?.username, 'url')
  assert.deepEqual(await credentialsFor(path, 'token.example.com', env), { username: '', password: '', identityToken: 'secret' })
  assert.equal((await credentialsFor(path, 'docker.io', env))?.username, 'hub')
  assert.equal(await credentialsFor(path, 'none.example.com', env), undefined)
})

test('programs keep credentials where the configuration names them', async (t) => {
  const { path, env, helm, helper } = place(t)
  const store = helper('store', { 'one.example.com': { Username: 'me', Secret: 'x' } })
  helper('other', { 'two.example.com': { Username: '<token>', Secret: 'identity' } })
  helm({ credsStore: 'store', credHelpers: { 'two.example.com': 'other' }, auths: { 'one.example.com': auth('not:this') } })
  assert.deepEqual(await credentialsFor(path, 'one.example.com', env), { username: 'me', password: 'x' })
  assert.equal((await credentialsFor(path, 'two.example.com', env))?.identityToken, 'identity')
  assert.equal(await credentialsFor(path, 'three.example.com', env), undefined)
  await keepCredentials(path, 'new.example.com', { username: 'u', password: 'p' }, env)
  await forgetCredentials(path, 'new.example.com', env)
  assert.match(readFileSync(store, 'utf8'), /store {"ServerURL":"new.example.com","Username":"u","Secret":"p"}\nerase new.example.com\n$/)
})

test('where nothing is configured, the program of the system keeps them, if it is there', async (t) => {
  const { path, env, helper } = place(t)
  const told = helper('secretservice', {})
  await keepCredentials(path, 'one.example.com', { username: 'u', password: 'p' }, env)
  assert.match(readFileSync(told, 'utf8'), /^store /)
})

test('a helper that fails, or has a name that is no name, is an error', async (t) => {
  const { path, env, helm } = place(t)
  helm({ credsStore: 'missing' })
  await assert.rejects(credentialsFor(path, 'one.example.com', env), /failed to run docker-credential-missing/)
  helm({ credsStore: '../../evil' })
  await assert.rejects(credentialsFor(path, 'one.example.com', env), /invalid name of a credential helper/)
})

test('a program that ends without reading what it is given has run', () => {
  const broken = Object.assign(new Error('spawnSync x EPIPE'), { code: 'EPIPE' })
  assert.equal(failureOf({ error: broken, status: 1 }), undefined)
  assert.equal(failureOf({ error: broken, status: null }), broken)
  const absent = Object.assign(new Error('spawnSync x ENOENT'), { code: 'ENOENT' })
  assert.equal(failureOf({ error: absent, status: null }), absent)
})
