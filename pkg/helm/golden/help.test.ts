/** Help has the lines of use, aliases, commands, flags, their letters, types and defaults of the original (tools/helm-help.ts records). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../commands/index.ts'
import { runOurs } from '../testing/rig.ts'
import { environment, everyCommand, helpShape } from './help-shape.ts'
import { wordsOf } from './run.ts'
import { scripts } from './scripts.ts'
import { servedScripts } from './served-scripts.ts'

const recorded: Record<string, string[]> = JSON.parse(readFileSync(join(import.meta.dirname, 'help.json'), 'utf8'))

test('the help of every command tells what the original tells', async () => {
  for (const words of await everyCommand(commands)) {
    const { stdout } = await runOurs([...words, '--help'], { env: environment, dir: '/' })
    assert.deepEqual({ words, help: helpShape(stdout) }, { words, help: recorded[words.join(' ')] })
  }
})

interface Shape {
  readonly aliases: readonly string[]
  readonly flags: readonly string[]
}

/** The flags of a command of its own, as `-f, --values strings`; those of the root are every command's. */
const shapes = new Map(
  Object.entries(recorded).map(([command, lines]): [string, Shape] => {
    const aliases = (lines[lines.indexOf('Aliases:') + 1] ?? '').trim().split(', ').slice(1)
    const own = lines.slice(lines.indexOf('Flags:') + 1, lines.includes('Global Flags:') ? lines.indexOf('Global Flags:') : undefined)
    return [command, { aliases: lines.includes('Aliases:') ? aliases : [], flags: own.filter((line) => /^(?:-\w, )?--/.test(line)) }]
  }),
)
const globalFlags = shapes.get('')!.flags

function commandOf(words: readonly string[]): string {
  let command = ''
  for (const word of words) {
    for (const [each, { aliases }] of shapes) {
      const [above, name] = [each.split(' ').slice(0, -1).join(' '), each.split(' ').at(-1)!]
      if (each !== '' && above === command && (name === word || aliases.includes(word))) {
        command = each
        break
      }
    }
  }
  return command
}

function flagsIn(word: string, flags: readonly string[]): string[] {
  const long = /^--([a-z0-9-]+)/.exec(word)?.[1]
  if (long) return [long]
  return [...(/^-([a-zA-Z]+)/.exec(word)?.[1] ?? '')].flatMap((letter) => flags.find((each) => each.startsWith(`-${letter}, `))?.match(/--([\w-]+)/)?.[1] ?? [])
}

/** Which no line that is recorded can show, each with the reason. */
const elsewhere: Readonly<Record<string, string>> = {
  'version --short': 'the program of each tells of its own build',
}

test('every flag of every command is on a line that is run beside the real Helm', () => {
  const used = new Map<string, Set<string>>()
  for (const line of [...scripts, ...servedScripts].flatMap(({ lines }) => lines)) {
    const words = wordsOf(line)
    const command = commandOf(words)
    const flags = [...shapes.get(command)!.flags, ...globalFlags]
    for (const place of [command, '']) {
      const names = used.get(place) ?? new Set<string>()
      used.set(place, names)
      for (const word of words) for (const name of flagsIn(word, flags)) names.add(name)
    }
  }
  const unused = [...shapes].flatMap(([command, { flags }]) =>
    flags
      .map((flag) => /--([\w-]+)/.exec(flag)![1]!)
      .filter((name) => name !== 'help' && !used.get(command)?.has(name))
      .map((name) => `${command} --${name}`.trim()),
  )
  assert.deepEqual(unused, Object.keys(elsewhere))
})
