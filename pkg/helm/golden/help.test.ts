/** Help has the lines of use, aliases, commands, flags, their letters, types and defaults of the original (tools/helm-help.ts records). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../commands/index.ts'
import { runOurs } from '../testing/rig.ts'
import { environment, everyCommand, helpShape } from './help-shape.ts'

const recorded: Record<string, string[]> = JSON.parse(readFileSync(join(import.meta.dirname, 'help.json'), 'utf8'))

test('the help of every command tells what the original tells', async () => {
  for (const words of await everyCommand(commands)) {
    const { stdout } = await runOurs([...words, '--help'], { env: environment, dir: '/' })
    assert.deepEqual({ words, help: helpShape(stdout) }, { words, help: recorded[words.join(' ')] })
  }
})
