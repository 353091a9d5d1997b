/** diff's outside program, its exit codes, and the folders it compares. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { type KubectlRig, startRig } from '../testing/rig.ts'

let rig: KubectlRig
let temporary: string
const configMap = (name: string, value: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default${more}}\ndata: {key: ${value}}\n`

/** Writes a program into the rig's folder and answers its path. */
function program(name: string, script: string): string {
  const path = join(rig.dir, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

function diff(manifest: string, external?: string, ...flags: string[]) {
  const env = { TMPDIR: temporary, ...(external === undefined ? {} : { KUBECTL_EXTERNAL_DIFF: external }) }
  return rig.ours(['diff', '-f', '-', ...flags], manifest, env)
}

before(async () => {
  rig = await startRig()
  temporary = join(rig.dir, 'temporary')
  mkdirSync(temporary)
  await rig.ours('apply -f -', configMap('same', 'old'))
})
after(() => rig[Symbol.asyncDispose]())
beforeEach(() => assert.deepEqual(readdirSync(temporary), []))

test('nothing that differs is 0, something is 1, and the folders are gone', async () => {
  assert.deepEqual(await diff(configMap('same', 'old')), { code: 0, stdout: '', stderr: '' })
  const { code, stdout, stderr } = await diff(configMap('same', 'new'))
  assert.deepEqual([code, stderr], [1, ''])
  assert.match(stdout, /^diff -u -N .*\/LIVE-\w+\/v1\.ConfigMap\.default\.same .*\/MERGED-\w+\/v1\.ConfigMap\.default\.same$/m)
  assert.match(stdout, /^- {2}key: old\n\+ {2}key: new$/m)
  assert.deepEqual(readdirSync(temporary), [])
})

test('an outside program gets the folders first, then those of its words that hold only letters, digits, dashes and equals', async () => {
  const shows = program('shows', 'for word; do echo "$word"; done')
  const { code, stdout } = await diff(configMap('same', 'new'), `${shows} -u --width=80  --label='x' $(id) ;rm -N`)
  const [live, merged, ...words] = stdout.trimEnd().split('\n')
  assert.equal(code, 0)
  assert.match(`${live} ${merged}`, /\/LIVE-\w+ .*\/MERGED-\w+$/)
  assert.deepEqual(words, ['-u', '--width=80', '-N'])
})

const failing: readonly (readonly [what: string, script: string, why: string])[] = [
  ['ends with more than 1', 'echo told >&2; exit 3', 'exit status 3'],
  ['is killed', 'echo told >&2; kill -9 $$', 'signal: SIGKILL'],
]
for (const [what, script, why] of failing) {
  test(`a program that ${what} is a failure of diff, which is 2`, async () => {
    const path = program('fails', script)
    assert.deepEqual(await diff(configMap('same', 'new'), path), { code: 2, stdout: '', stderr: `told\nerror: failed to run "${path}": ${why}\n` })
  })
}

test('a program that cannot be found or run is told of', async () => {
  writeFileSync(join(rig.dir, 'no-program'), '')
  for (const path of ['not-there-at-all', join(rig.dir, 'nowhere'), join(rig.dir, 'no-program')])
    assert.deepEqual(await diff(configMap('same', 'new'), path), {
      code: 2,
      stdout: '',
      stderr: `error: failed to run "${path}": executable file not found in $PATH\n`,
    })
})

test('whatever goes wrong before is 2 as well: the line, the files, the server', async () => {
  assert.deepEqual(await rig.ours('diff --no-such'), {
    code: 2,
    stdout: '',
    stderr: "error: unknown flag: --no-such\nSee 'kubectl diff -h' for help and examples\n",
  })
  assert.deepEqual(await rig.ours('diff'), { code: 2, stdout: '', stderr: 'error: must specify one of -f and -k\n' })
  assert.equal((await diff('kind: Nothing\napiVersion: example.com/v1\nmetadata: {name: a}\n')).code, 2)
  assert.equal((await diff(configMap('UPPER', 'x'))).code, 2)
  assert.equal((await rig.ours('diff -f - --kubeconfig=absent', configMap('same', 'x'))).code, 2)
})

test('an interrupt while the program runs ends it, and leaves no folder', async () => {
  const slow = program('slow', 'echo running; exec sleep 600')
  writeFileSync(join(rig.dir, 'slow.yaml'), configMap('same', 'new'))
  const running = rig.started('diff -f slow.yaml', { TMPDIR: temporary, KUBECTL_EXTERNAL_DIFF: slow })
  await running.seen(/running/)
  assert.deepEqual(
    readdirSync(temporary).map((name) => name.replace(/-.*/, '')),
    ['LIVE', 'MERGED'],
  )
  running.interrupt()
  const { stderr } = await running.ended
  assert.deepEqual([running.policy, stderr, readdirSync(temporary)], ['dies', '', []])
})

test('--prune shows what apply would delete, and masks secrets among it', async () => {
  await rig.ours('apply -f -', configMap('going', 'gone', ', labels: {app: x}'))
  await rig.ours('apply -f -', 'apiVersion: v1\nkind: Secret\nmetadata: {name: going, namespace: default, labels: {app: x}}\nstringData: {word: hidden}\n')
  await rig.ours('create configmap never-applied')
  const { code, stdout, stderr } = await diff(configMap('same', 'old', ', labels: {app: x}'), undefined, '--prune', '-l', 'app=x')
  assert.equal(code, 1)
  assert.match(stderr, /^W.* Deprecated: kubectl apply will no longer prune non-namespaced resources by default/)
  assert.match(stdout, /^-kind: ConfigMap$/m)
  assert.match(stdout, /^- {2}name: going$/m)
  assert.match(stdout, /^- {2}word: '\*\*\*'$/m)
  assert.doesNotMatch(stdout, /never-applied|aGlkZGVu|hidden/)
  const narrower = await diff(configMap('same', 'old'), undefined, '--prune', '--prune-allowlist=core/v1/Service')
  assert.deepEqual(narrower, { code: 0, stdout: '', stderr: '' })
  assert.match(
    (await diff(configMap('same', 'old'), undefined, '--prune', '--prune-allowlist=Service')).stderr,
    /^error: invalid GroupVersionKind format: Service/,
  )
})

test('what is being deleted is warned of, by apply too', async () => {
  const held = configMap('held', 'x', ', finalizers: [example.com/held]')
  await rig.ours('apply -f -', held)
  await rig.ours('delete cm held --wait=false')
  const warning = 'Warning: Detected changes to resource held which is currently being deleted.\n'
  assert.equal((await diff(held)).stderr, warning)
  assert.equal((await rig.ours('apply -f -', held)).stderr, warning)
})
