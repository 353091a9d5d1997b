import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Outcome, ours } from '../testing/rig.ts'

const dir = mkdtempSync(join(tmpdir(), 'kuberc-'))
after(() => rmSync(dir, { recursive: true }))
const file = join(dir, '.kube', 'kuberc')
const run = (line: string, { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}): Promise<Outcome> =>
  ours(
    line.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", '')),
    { env: { HOME: dir, PATH: process.env.PATH, ...env }, dir, stdin },
  )

test('view offers a file with what is recommended where there is none', async () => {
  const question = `kuberc file not found at ${file}\nWould you like to generate a default kuberc file with recommended options? (y/N): `
  assert.deepEqual(await run('kuberc view', { stdin: 'n\n' }), { code: 0, stdout: question, stderr: '' })
  assert.deepEqual(await run('kuberc view', { stdin: 'Y\n' }), { code: 0, stdout: `${question}Updated ${file}\n`, stderr: '' })
  assert.equal(
    readFileSync(file, 'utf8'),
    `aliases: null
apiVersion: kubectl.config.k8s.io/v1beta1
defaults:
- command: apply
  options:
  - default: "true"
    name: server-side
- command: delete
  options:
  - default: "true"
    name: interactive
kind: Preference
`,
  )
})

test('set adds defaults and aliases, and replaces them only by wish', async () => {
  rmSync(file)
  assert.deepEqual(await run('kuberc set --section defaults --command get --option output=wide'), { code: 0, stdout: `Updated ${file}\n`, stderr: '' })
  assert.equal(
    (await run('kuberc set --section defaults --command get --option output=json')).stderr,
    'error: defaults for command "get" already exist, use --overwrite to replace\n',
  )
  await run('kuberc set --section defaults --command get --option --output=json --overwrite')
  await run('kuberc set --section aliases --name getn --command get --prependarg nodes --option output=name')
  assert.equal((await run('kuberc set --section aliases --name getn --command get')).stderr, 'error: alias "getn" already exists, use --overwrite to replace\n')
  await run('kuberc set --section aliases --name getn --command get --appendarg=-A --overwrite')
  await run('kuberc set --section credentialplugin --policy Allowlist --allowlist-entry command=one,command=/opt/two')
  assert.equal(
    (await run('kuberc view -o json')).stdout,
    `${JSON.stringify(
      {
        kind: 'Preference',
        apiVersion: 'kubectl.config.k8s.io/v1beta1',
        defaults: [{ command: 'get', options: [{ name: 'output', default: 'json' }] }],
        aliases: [{ name: 'getn', command: 'get', prependArgs: ['nodes'], appendArgs: ['-A'], options: [{ name: 'output', default: 'name' }] }],
        credentialPluginPolicy: 'Allowlist',
        credentialPluginAllowlist: [{ command: 'one' }, { command: '/opt/two' }],
      },
      undefined,
      4,
    )}\n`,
  )
  await run('kuberc set --section credentialplugin --policy DenyAll')
  const { credentialPluginPolicy, credentialPluginAllowlist } = JSON.parse((await run('kuberc view -o json')).stdout)
  assert.deepEqual([credentialPluginPolicy, credentialPluginAllowlist], ['DenyAll', undefined])
})

test('what does not go together is refused in the words of the original', async () => {
  const table: [line: string, message: string][] = [
    ['', 'required flag(s) "section" not set'],
    ['--section nope', '--section must be "defaults", "aliases", or "credentialplugin", got: nope'],
    ['--section aliases --command get', '--name is required when --section=aliases'],
    ['--section defaults --command get --name x', '--name should not be specified when --section=defaults'],
    ['--section defaults --command get --appendarg x', '--prependarg and --appendarg are only valid for --section=aliases'],
    ['--section defaults', '--command is required when --section=aliases or --section=defaults'],
    ['--section credentialplugin', '--policy is required when --section=credentialplugin'],
    ['--section credentialplugin --policy Allowlist', '--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist'],
    [
      '--section credentialplugin --policy DenyAll --allowlist-entry command=x',
      '--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist',
    ],
    ['--section credentialplugin --policy Allowlist --allowlist-entry name=x', 'allowlist entry field "name" is deprecated, use "command" instead'],
    [
      '--section credentialplugin --policy Allowlist --allowlist-entry nope --allowlist-entry a=b',
      '[improperly formatted allowlist entry: "nope", unrecognized allowlist entry field: "a"]',
    ],
    ['--section defaults --command set --option x', 'invalid option format "x", expected flag=value'],
  ]
  for (const [line, message] of table) assert.deepEqual(await run(`kuberc set ${line}`), { code: 1, stdout: '', stderr: `error: ${message}\n` }, line)
  assert.equal((await run('kuberc view', { env: { KUBERC: 'off' } })).stderr, 'error: KUBERC is disabled via KUBERC=off environment variable\n')
})

test('a file that is no preferences is told, and ends only what named it', async () => {
  const other = join(dir, 'other')
  const table: [text: string, told: RegExp][] = [
    ['a: b\n', /no valid preferences found in .*other, use --v=5 to see details\n$/],
    ['[', /kuberc: .*yaml: /],
    ['apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\naliases: nope\n', /no valid preferences found/],
    ['apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults:\n- command: {a: b}\n', /no valid preferences found/],
  ]
  for (const [text, told] of table) {
    writeFileSync(other, text)
    const { code, stderr } = await run('config current-context', { env: { KUBERC: other } })
    assert.equal(code, 1)
    assert.match(stderr, told)
    assert.match(stderr, /^error occurred while applying preferences kuberc error kuberc: /)
    writeFileSync(file, text)
    assert.match((await run('version --client')).stderr, /^kuberc: no preferences loaded from .*kuberc: /)
  }
  writeFileSync(other, `a: b\n---\napiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\nnope: 1\n`)
  const { code, stderr } = await run('version --client', { env: { KUBERC: other } })
  assert.deepEqual([code, stderr], [0, `kuberc: ignoring strict decoding error in ${other}: strict decoding error: unknown field "nope"\n`])
})
