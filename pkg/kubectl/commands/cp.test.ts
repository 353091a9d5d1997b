/** cp's words for files and pods, and what it says of those that make no sense; all of that before any server is asked. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ours } from '../testing/rig.ts'
import { fileSpec } from './cp.ts'

const dir = mkdtempSync(join(tmpdir(), 'cp-'))
after(() => rmSync(dir, { recursive: true }))

const specs: readonly (readonly [text: string, namespace: string, pod: string, file: string])[] = [
  ['file', '', '', 'file'],
  ['/a/b', '', '', '/a/b'],
  ['pod:/a', '', 'pod', '/a'],
  ['ns/pod:/a', 'ns', 'pod', '/a'],
  ['pod:a:b', '', 'pod', 'a:b'],
  ['ns/pod:C:\\x', 'ns', 'pod', 'C:\\x'],
  ['pod::', '', 'pod', ':'],
  ['pod:', '', 'pod', ''],
  ['ns/:/a', 'ns', '', '/a'],
]
for (const [text, namespace, pod, file] of specs) {
  test(`${text} is ${pod === '' ? 'no pod' : `of pod ${pod}`}`, () => assert.deepEqual(fileSpec(text), { namespace, pod, file }))
}

const malformed = 'filespec must match the canonical format: [[namespace/]pod:]file/path'
const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
  [['a'], 'source and destination are required'],
  [['a', 'b', 'c'], 'source and destination are required'],
  [[':/a', 'b'], malformed],
  [['a/b/c:/d', 'e'], malformed],
  [['/a:/b', 'pod:/c'], 'one of src or dest must be a local file specification'],
  [['pod:/a', 'other:/b'], 'one of src or dest must be a local file specification'],
  [['pod:', 'b'], 'filepath can not be empty'],
  [['', ''], 'filepath can not be empty'],
  [['a', 'b'], 'one of src or dest must be a remote file specification'],
  [['ns/:/a', 'b'], 'one of src or dest must be a remote file specification'],
  [['no-such-file', 'pod:/a'], "no-such-file doesn't exist in local filesystem"],
]
for (const [args, message] of wrong) {
  test(`cp ${args.map((each) => JSON.stringify(each)).join(' ')} is refused`, async () => {
    const outcome = await ours(['cp', ...args], { env: { HOME: dir }, dir, stdin: '' })
    assert.deepEqual(outcome, { code: 1, stdout: '', stderr: `error: ${message}\n` })
  })
}
