import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../commands/index.ts'
import { withPreferences } from './kuberc.ts'

const head = 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n'

async function preferred(text: string, line: string): Promise<{ argv: string; told: string; checkPlugin?: (program: string) => string }> {
  const dir = mkdtempSync(join(tmpdir(), 'kuberc-'))
  const file = join(dir, 'kuberc')
  writeFileSync(file, text)
  let told = ''
  const sink = { write: (chunk: string | Uint8Array) => (told += chunk) }
  try {
    const { argv, ...rest } = await withPreferences(
      line.split(' '),
      { stdin: (async function* () {})(), stdout: sink, stderr: sink, env: { KUBERC: file }, cwd: dir },
      commands,
    )
    return { argv: argv.join(' '), told, ...rest }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const preferences = `${head}defaults:
- command: apply
  options:
  - name: server-side
    default: "true"
- command: set env
  options:
  - name: output
    default: yaml
aliases:
- name: getn
  command: get
  prependArgs:
  - namespace
  options:
  - name: output
    default: json
- name: runx
  command: run
  appendArgs:
  - --
  - custom-arg
- name: get
  command: delete
`

test('defaults and aliases change the words of a line, and what the user gives goes before', async () => {
  const table: [line: string, argv: string][] = [
    ['get pods', 'get pods'],
    ['apply -f x', 'apply --server-side=true -f x'],
    ['apply --server-side=false -f x', 'apply --server-side=false -f x'],
    ['set env deploy/x A=b', 'set env --output=yaml deploy/x A=b'],
    ['set env deploy/x A=b -o json', 'set env deploy/x A=b -o json'],
    ['set image deploy/x a=b', 'set image deploy/x a=b'],
    ['getn team', 'get --output=json namespace team'],
    ['-n x getn team --output=yaml', '-n x get namespace team --output=yaml'],
    ['runx web --image=i', 'run web --image=i -- custom-arg'],
  ]
  for (const [line, argv] of table) assert.equal((await preferred(preferences, line)).argv, argv, line)
})

test('a built-in command is not hidden, and what is wrong in the file is told', async () => {
  assert.match((await preferred(preferences, 'get pods')).told, /^Warning: Setting alias "get" to a built-in command is not supported\n$/)
  const refused: [text: string, line: string, message: RegExp][] = [
    [`${head}aliases:\n- name: a-b\n  command: get\n`, 'get pods', /invalid alias name, can only include alphabetical characters/],
    [`${head}defaults:\n- command: get\n  options:\n  - name: -o\n    default: x\n`, 'get pods', /flag name -o should be in long form without dashes/],
    [`${head}defaults:\n- command: get\n  options:\n  - name: nope\n    default: x\n`, 'get pods', /invalid flag nope for command get/],
    ['kind: Pod\napiVersion: v1\n', 'get pods', /no valid preferences found in .*kuberc, use --v=5 to see details/],
    [`${head}aliases:\n- name: x\n  command: nope\n`, 'x', /command "nope" not found to set alias "x"/],
  ]
  for (const [text, line, message] of refused) await assert.rejects(preferred(text, line), { message })
})

test('credential plugins run only as the policy allows', async () => {
  const check = async (policy: string): Promise<(program: string) => string> => (await preferred(head + policy, 'get pods')).checkPlugin!
  assert.equal((await check('defaults: []\n'))('anything'), 'anything')
  const denied = await check('credentialPluginPolicy: DenyAll\n')
  assert.throws(() => denied('aws'), { message: 'plugin "aws" not allowed: policy set to "DenyAll"' })
  const listed = await check('credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: aws\n- command: /opt/tool\n')
  assert.deepEqual([listed('aws'), listed('/opt/tool')], ['aws', '/opt/tool'])
  for (const other of ['/nowhere/aws', '/tmp/tool']) assert.throws(() => listed(other), /credential plugin allowlist/, other)
})

test('a policy that makes no sense stops every command', async () => {
  const refused: readonly (readonly [policy: string, message: string])[] = [
    ['credentialPluginPolicy: Deny\n', 'error: unknown plugin policy: "Deny"'],
    ['credentialPluginPolicy: Allowlist\n', 'error: credential plugin policy set to "Allowlist", but allowlist is unspecified'],
    ['credentialPluginAllowlist:\n- command: a\n', 'error: misconfigured credential plugin allowlist: plugin policy is "" but allowlist is non-nil'],
    [
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- other: a\n',
      'error: misconfigured credential plugin allowlist: empty allowlist entry #1',
    ],
  ]
  for (const [policy, message] of refused) await assert.rejects(preferred(head + policy, 'get pods'), { message })
  const twice = 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: a\n  command: b\n'
  await assert.rejects(preferred(head + twice, 'get pods'), /no valid preferences found/)
})
