import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Outcome, startRig } from '../testing/rig.ts'

const rig = await startRig()
after(() => rig[Symbol.asyncDispose]())
const script = join(rig.dir, 'editor')
const shown = join(rig.dir, 'shown')
const temporary = join(rig.dir, 'tmp')
mkdirSync(temporary)

/** The n-th time it is started, the editor runs the n-th of `steps` on its file, the last one from then on. */
function edit(line: string, steps: readonly string[], stdin = ''): Promise<Outcome> {
  const cases = steps.map((step, index) => `${index === steps.length - 1 ? '*' : index}) ${step} ;;`).join('\n')
  writeFileSync(shown, '')
  writeFileSync(script, `#!/bin/sh\nn=$(grep -c '^=====' ${shown})\necho ===== >> ${shown}; cat "$1" >> ${shown}\ncase $n in\n${cases}\nesac\n`)
  chmodSync(script, 0o755)
  return rig.ours(line, stdin, { KUBE_EDITOR: script, TMPDIR: temporary })
}

const value = async (path: string): Promise<string> => (await rig.ours(['get', 'cm', 'edited', '-o', `jsonpath={${path}}`])).stdout

test('edit changes what was changed, says when nothing was, and leaves no file behind', async () => {
  await rig.ours('create configmap edited --from-literal=a=one')
  assert.deepEqual(await edit('edit cm edited', ['sed -i s/one/two/ "$1"']), { code: 0, stdout: 'configmap/edited edited\n', stderr: '' })
  assert.equal(await value('.data.a'), 'two')
  assert.deepEqual(await edit('edit cm edited', ['echo "# a comment" >> "$1"']), { code: 0, stdout: '', stderr: 'Edit cancelled, no changes made.\n' })
  assert.deepEqual(await edit('edit cm edited', [': > "$1"']), { code: 0, stdout: '', stderr: 'Edit cancelled, saved file was empty.\n' })
  assert.equal(JSON.parse((await edit('edit cm edited -o json', ['sed -i s/two/three/ "$1"'])).stdout).data.a, 'three')
  assert.match(readFileSync(shown, 'utf8'), /^=====\n\{/, 'JSON has no comment above it')
  assert.equal((await edit('edit cm edited --output-patch', ['sed -i s/three/four/ "$1"'])).stdout, 'Patch: {"data":{"a":"four"}}\nconfigmap/edited edited\n')
  assert.deepEqual(readdirSync(temporary), [])
})

test('several objects are edited together, and those left alone are skipped', async () => {
  await rig.ours('create configmap first --from-literal=a=one')
  await rig.ours('create configmap other --from-literal=a=else')
  const { stdout } = await edit('edit cm first other', ['sed -i s/one/two/ "$1"'])
  assert.equal(stdout, 'configmap/first edited\nconfigmap/other skipped\n')
})

test('what the server refuses is opened again with the reason, and an editor that changes nothing then ends it', async () => {
  await rig.ours('create service clusterip edited --tcp=80:80')
  const mended = await edit('edit svc edited', ['sed -i "s/port: 80/port: 99999/" "$1"', 'sed -i "s/port: 99999/port: 81/" "$1"'])
  assert.equal(mended.code, 0, mended.stderr)
  assert.equal(mended.stderr, 'error: services "edited" is invalid\n')
  assert.match(readFileSync(shown, 'utf8'), /^# services "edited" was not valid:\n# \* spec\.ports\[0\]\.port: Invalid value: 99999/m)
  const left = await edit('edit svc edited', ['sed -i "s/port: 81/port: 99999/" "$1"', 'true'])
  assert.equal(left.code, 1)
  const kept = /A copy of your changes has been stored to "(.*)"\nerror: Edit cancelled, no valid changes were saved\.\n$/.exec(left.stderr)?.[1]
  assert.ok(kept && existsSync(kept), left.stderr)
  const broken = await edit('edit svc edited --validate=false', ['echo "a: [" > "$1"', 'true'])
  assert.match(readFileSync(shown, 'utf8'), /^# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: yaml: /m)
  assert.equal(broken.code, 1)
  const invalid = await edit('edit svc edited', ['sed -i "s/^kind: /kind: [/" "$1"', 'exit 1'])
  assert.match(
    readFileSync(shown, 'utf8'),
    /^# services "edited" was not valid:\n# \* <nil>: Invalid value: "The edited file failed validation": yaml: line \d: did not find expected ',' or '\]'$/m,
  )
  assert.match(
    invalid.stderr,
    /^error: services "edited" is invalid\nA copy of your changes has been stored to ".*"\nerror: there was a problem with the editor /,
  )
})

test('another name, or an object that is gone, ends the edit, and the changes are kept', async () => {
  await rig.ours('create configmap named --from-literal=a=b')
  const renamed = await edit('edit cm named', ['sed -i "s/name: named/name: renamed/" "$1"'])
  assert.match(renamed.stderr, /^A copy of your changes has been stored to ".*"\nerror: At least one of apiVersion, kind and name was changed\n$/)
  const marker = join(rig.dir, 'gone')
  const editing = edit('edit cm named', [`while [ ! -f ${marker} ]; do sleep 0.02; done; sed -i "s/a: b/a: c/" "$1"`])
  while (!readFileSync(shown, 'utf8').includes('name: named')) await new Promise((resolve) => setTimeout(resolve, 10))
  await rig.ours('delete cm named')
  writeFileSync(marker, '')
  const { code, stderr } = await editing
  assert.equal(code, 1)
  const [, kept = ''] =
    /^error: configmaps "named" could not be found on the server\nThe edits you made on deleted resources have been saved to "(.*)"\n$/.exec(stderr) ?? []
  assert.match(readFileSync(kept, 'utf8'), /a: c/)
})

test('an editor that cannot be started, or fails, ends it', async () => {
  await rig.ours('create configmap unedited')
  assert.deepEqual(await rig.ours('edit cm unedited', '', { EDITOR: 'no-such-editor -x' }), {
    code: 1,
    stdout: '',
    stderr: 'error: unable to launch the editor "no-such-editor -x"\n',
  })
  assert.match((await edit('edit cm unedited', ['exit 3'])).stderr, /^error: there was a problem with the editor ".*editor"\n$/)
})

test('create --edit makes what the editor leaves, and nothing that was not touched', async () => {
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'drafted' }, data: { a: 'one' } })
  assert.deepEqual(await edit('create -f - --edit --save-config', ['sed -i "s/drafted/made/" "$1"'], manifest), {
    code: 0,
    stdout: 'configmap/made created\n',
    stderr: '',
  })
  assert.match((await rig.ours('apply view-last-applied cm/made')).stdout, /name: made/)
  assert.equal((await edit('create -f - --edit', ['true'], manifest)).stderr, 'Edit cancelled, no changes made.\n')
  assert.equal((await rig.ours('get cm drafted -o name')).code, 1)
  const { stderr } = await edit('create -f - --edit', ['sed -i "s/drafted/made/" "$1"'], manifest)
  assert.match(stderr, /^A copy of your changes has been stored to ".*"\nError from server \(AlreadyExists\): configmaps "made" already exists\n$/)
})

test('apply edit-last-applied edits what was applied, and says when nothing was', async () => {
  await rig.ours('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { a: 'one' } }))
  assert.equal((await edit('apply edit-last-applied cm/kept', ['sed -i s/one/two/ "$1"'])).stdout, 'configmap/kept edited\n')
  assert.match(readFileSync(shown, 'utf8'), /^# Please edit the 'last-applied-configuration' annotations below\.$/m)
  assert.match((await rig.ours('apply view-last-applied cm/kept')).stdout, /a: two/)
  await rig.ours('create configmap never-applied')
  assert.match((await edit('apply edit-last-applied cm/never-applied', ['true'])).stderr, /^error: no last-applied-configuration annotation found on resources/)
})
