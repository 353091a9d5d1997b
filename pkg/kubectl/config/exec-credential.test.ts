import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { execCredential } from './exec-credential.ts'

const dir = mkdtempSync(join(tmpdir(), 'exec-credential-'))
after(() => rmSync(dir, { recursive: true }))
const plugin = join(dir, 'plugin')
const apiVersion = 'client.authentication.k8s.io/v1'
const base = { apiVersion, command: './plugin', interactiveMode: 'Never' }
const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { of: 'mine' } }]
const inputs = { env: { PATH: process.env.PATH }, cwd: join(dir, 'kubeconfig'), user: 'u', server: 'https://127.0.0.1:1', cluster: { extensions } }
const answering = (status: unknown, version = apiVersion, kind = 'ExecCredential'): string =>
  `printf '%s' '${JSON.stringify({ apiVersion: version, kind, status })}'`

function ask(script: string, exec: object = base, signal?: AbortSignal): ReturnType<typeof execCredential> {
  writeFileSync(plugin, `#!/bin/sh\n${script}\n`)
  chmodSync(plugin, 0o755)
  return execCredential(exec, { ...inputs, ...(signal ? { signal } : {}) })
}

test('a plugin beside the kubeconfig gives a token, and is told what is asked', async () => {
  assert.deepEqual(await ask(answering({ token: 't' })), { token: 't' })
  const told = await ask(
    `[ "$EXTRA" = "of mine" ] && case "$KUBERNETES_EXEC_INFO" in *'"server":"https://127.0.0.1:1"'*'"config":{"of":"mine"}},"interactive":false}}'*) ${answering({ token: 'told' })};; esac`,
    {
      ...base,
      provideClusterInfo: true,
      env: [{ name: 'EXTRA', value: 'of mine' }],
    },
  )
  assert.deepEqual(told, { token: 'told' })
})

test('a plugin that the policy does not allow is not started, and told as a connection that failed', async () => {
  const checkPlugin = (program: string): string => {
    throw new Error(`plugin ${JSON.stringify(program)} not allowed: policy set to "DenyAll"`)
  }
  await assert.rejects(execCredential(base, { ...inputs, checkPlugin }), {
    message: `Unable to connect to the server: getting credentials: plugin "${plugin}" not allowed: policy set to "DenyAll"`,
  })
})

const shape = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** As kubectl 1.33 tells them, after "Unable to connect to the server: getting credentials: ". */
const misbehaviours: readonly (readonly [script: string, words: string])[] = [
  ['echo hello', `decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type ${shape}`],
  ['echo "[]"', `decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${shape}`],
  ['true', `exec plugin is configured to use API version ${apiVersion}, plugin returned version client.authentication.k8s.io/__internal`],
  ['exit 3', 'exec: executable ./plugin failed with exit code 3'],
  ['kill -9 $$', 'exec: executable ./plugin failed with exit code -1'],
  [answering(undefined), "exec plugin didn't return a status field"],
  [answering({}), "exec plugin didn't return a token or cert/key pair"],
  [
    answering({ token: 'x' }, 'client.authentication.k8s.io/v1beta1'),
    `exec plugin is configured to use API version ${apiVersion}, plugin returned version client.authentication.k8s.io/v1beta1`,
  ],
  [answering({}, 'v1', 'Pod'), 'decoding stdout: no kind "Pod" is registered for version "v1" in scheme "pkg/client/auth/exec/exec.go:62"'],
  [answering({ clientCertificateData: 'x' }), 'exec plugin returned only certificate or key, not both'],
  [
    answering({ clientCertificateData: 'x', clientKeyData: 'y' }),
    'failed parsing client key/certificate: tls: failed to find any PEM data in certificate input',
  ],
  [answering({ token: ['x'] }), 'decoding stdout: json: cannot unmarshal array into Go struct field ExecCredentialStatus.status.token of type string'],
  [
    answering({ token: 'x', expirationTimestamp: 'nope' }),
    'decoding stdout: parsing time "nope" as "2006-01-02T15:04:05Z07:00": cannot parse "nope" as "2006"',
  ],
  ['yes | head -c 3000000', 'exec: executable ./plugin printed more than 1048576 bytes'],
]

test('a plugin that misbehaves is refused in the words of the original', async () => {
  for (const [script, words] of misbehaviours)
    await assert.rejects(ask(script), { message: `Unable to connect to the server: getting credentials: ${words}` }, script)
})

test('an entry that is none is refused before anything is run', async () => {
  const table: [exec: object, words: RegExp][] = [
    [{ ...base, command: undefined }, /^error: command must be specified for u to use exec authentication plugin$/],
    [{ ...base, apiVersion: undefined }, /^error: apiVersion must be specified for u/],
    [{ ...base, apiVersion: 'nope/v1' }, /^error: exec plugin: invalid apiVersion "nope\/v1"$/],
    [{ ...base, interactiveMode: undefined }, /^error: interactiveMode must be specified for u/],
    [{ ...base, interactiveMode: 'Foo' }, /^error: invalid interactiveMode for u: "Foo"$/],
    [{ ...base, env: [{ value: 'x' }] }, /^error: env variable name must be specified for u/],
    [{ command: '' }, /^error: \[command must be specified for u .*, apiVersion must be specified for u .*\]$/],
  ]
  for (const [exec, words] of table) await assert.rejects(ask('exit 1', exec), { message: words })
  await assert.rejects(
    ask('true', { ...base, command: 'no-such-plugin', installHint: 'get it' }),
    /executable no-such-plugin not found\n\nIt looks like [\s\S]*\n\nget it$/,
  )
  chmodSync(plugin, 0o644)
  await assert.rejects(execCredential(base, inputs), /exec: fork\/exec .*plugin: permission denied$/)
})

test('an interrupt ends a plugin that hangs', async () => {
  const interrupt = new AbortController()
  const marker = join(dir, 'started')
  const asking = ask(`touch ${marker}; exec sleep 1000`, base, interrupt.signal)
  interrupt.abort()
  await assert.rejects(asking, /failed with exit code -1$/)
})
