import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CriContainerStatus } from '../cri/types.ts'
import { terminationMessagePathAnnotation, terminationMessagePolicyAnnotation } from './labels.ts'
import { terminationMessage } from './termination-message.ts'

test('A failed container without a message is told by the end of its log, a line without an end as it is', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-message-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const logPath = join(dir, '0.log')
  const ended = (more: object): CriContainerStatus =>
    ({ annotations: { [terminationMessagePolicyAnnotation]: 'FallbackToLogsOnError' }, mounts: [], exitCode: 1, logPath, message: '', ...more }) as never
  const line = (tag: string, text: string) => `2026-11-29T17:26:15.315819532Z stdout ${tag} ${text}\n`
  const cases: [string, string][] = [
    [line('P', 'DONE'), 'DONE'],
    [line('F', 'DONE'), 'DONE\n'],
    [line('F', 'one  two') + line('P', 'th') + line('F', 'ree'), 'one  two\nthree\n'],
    [line('F', ''), '\n'],
    [line('F', 'x'.repeat(3000)), `${'x'.repeat(2047)}\n`],
    [Array.from({ length: 100 }, (_, index) => line('F', String(index))).join(''), Array.from({ length: 80 }, (_, index) => `${index + 20}\n`).join('')],
  ]
  for (const [log, message] of cases) {
    writeFileSync(logPath, log)
    assert.equal(terminationMessage(ended({})), message)
  }
  assert.equal(terminationMessage(ended({ exitCode: 0 })), '')
  assert.equal(terminationMessage(ended({ annotations: {} })), '')
  const own = join(dir, 'own')
  writeFileSync(own, 'mine')
  const written = {
    annotations: { ...ended({}).annotations, [terminationMessagePathAnnotation]: '/dev/x' },
    mounts: [{ containerPath: '/dev/x', hostPath: own }],
  }
  assert.equal(terminationMessage(ended(written)), 'mine')
})
