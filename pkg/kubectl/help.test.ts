/** Plugins in kubectl's help, as the original lists them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ours } from './testing/rig.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-help-'))
after(() => rmSync(dir, { recursive: true }))

/** What stands between the commands' last two headings. */
async function listed(plugins: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(dir, 'bin-'))
  for (const name of plugins) writeFileSync(join(folder, name), '#!/bin/sh\n', { mode: 0o755 })
  mkdirSync(join(folder, 'kubectl-folder'))
  const { code, stdout } = await ours(['--help'], { env: { HOME: dir, PATH: folder }, dir, stdin: '' })
  assert.equal(code, 0)
  return /\n\n(Subcommands provided by plugins:\n[\s\S]*?)\nOther Commands:\n/.exec(stdout)?.[1] ?? stdout
}

test('the heading of plugins stands there without any, too', async () => {
  assert.equal(await listed(['other']), 'Subcommands provided by plugins:\n')
})

test("a plugin is listed by its first word, once for each file; one of a command's name is not", async () => {
  const line = (name: string): string => `  ${name.padEnd(11)}   The command ${name} is a plugin installed by the user\n`
  assert.equal(
    await listed(['kubectl-get', 'kubectl-my_tool', 'kubectl-foo-a', 'kubectl-foo-b', 'kubectl-long_long_long_name', 'kubectl-create-thing']),
    `Subcommands provided by plugins:\n${['foo', 'foo', 'long-long-long-name', 'my-tool'].map(line).join('')}`,
  )
})
