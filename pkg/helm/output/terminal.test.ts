import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHelm } from '../main.ts'
import { escapeControls } from './terminal.ts'

test('a terminal is not steered by what charts say, and a pipe gets the bytes', async () => {
  assert.equal(escapeControls('a\x1b]0;title\x07b\x1b[2J\r\n\tc\rd\x9b1m'), 'a^[]0;title^Gb^[[2J\r\n\tc^Md\\x9b1m')
  const said = async (isTTY: boolean): Promise<string> => {
    const told: string[] = []
    const sink = { isTTY, write: (chunk: unknown) => told.push(String(chunk)) }
    const stdin = (async function* () {})()
    await runHelm(['show', 'chart', 'no\x1b[31mwhere/x'], {
      stdin,
      stdout: sink,
      stderr: sink,
      env: { HOME: '/nonexistent' },
      cwd: '/',
      signal: AbortSignal.timeout(30_000),
    })
    return told.join('')
  }
  assert.match(await said(true), /\^\[\[31mwhere/)
  assert.ok(!(await said(true)).includes('\x1b'))
  assert.ok((await said(false)).includes('\x1b[31mwhere'))
})
