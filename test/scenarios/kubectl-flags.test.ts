/**
 * The flags of every command of kubectl 1.36, hidden ones too: names, letters, types, defaults, what they are when given
 * bare, what is said of deprecated ones. `kubectl-golden/flags-1.36.json` was written by a program that walks the
 * commands of `NewDefaultKubectlCommand()` of the Go module k8s.io/kubectl v0.36.1, with KUBECTL_APPLYSET=true.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commands } from '#kubectl/commands/index.ts'
import { globalFlags } from '#kubectl/flags/global.ts'
import type { FlagSpec } from '#kubectl/flags/types.ts'
import type { CommandEntry } from '#kubectl/types.ts'
import { describedLines } from './kubectl-golden/described-lines.ts'
import { flagLines } from './kubectl-golden/flag-lines.ts'
import { wordsOf } from './kubectl-golden/golden.ts'
import { readLines } from './kubectl-golden/read-lines.ts'
import { writeLines } from './kubectl-golden/write-lines.ts'

interface Shape {
  readonly aliases: readonly string[]
  readonly flags: readonly string[]
}

const upstream: Readonly<Record<string, Shape>> = JSON.parse(readFileSync(new URL('kubectl-golden/flags-1.36.json', import.meta.url), 'utf8'))

function shapeOf({ name, short, type, bits, default: preset = '', bare, hidden, deprecated }: FlagSpec): string {
  return [
    `${short ? `-${short}, ` : ''}--${name} ${type}${bits ? ` ${bits}` : ''}=${preset}`,
    ...(bare !== undefined && type !== 'bool' ? [`bare=${bare}`] : []),
    ...(hidden ? ['hidden'] : []),
    ...(deprecated ? [`deprecated: ${deprecated}`] : []),
  ].join(' ')
}

async function shapes(): Promise<Record<string, Shape>> {
  const found: Record<string, Shape> = {
    kubectl: {
      aliases: [],
      flags: globalFlags
        .filter(({ name }) => name !== 'help')
        .map(shapeOf)
        .sort(),
    },
  }
  const walk = async (entries: readonly CommandEntry[], above: string): Promise<void> => {
    for (const entry of entries) {
      const command = await entry.load()
      const path = `${above} ${entry.name}`
      found[path] = { aliases: (entry.aliases ?? []).toSorted(), flags: (command.flags ?? []).map(shapeOf).sort() }
      await walk(command.subcommands ?? [], path)
    }
  }
  await walk(commands, 'kubectl')
  return found
}

test('no command and no flag is missing or too much but what is ours alone', async () => {
  const { 'kubectl why': why, ...ours } = await shapes()
  assert.ok(why)
  const get = ours['kubectl get']!
  assert.deepEqual({ ...ours, 'kubectl get': { ...get, flags: get.flags.filter((flag) => !flag.startsWith('--really-all ')) } }, upstream)
})

test('every flag of every command is on a line that is run beside the real kubectl', () => {
  const used = new Map<string, Set<string>>()
  const anywhere = new Set<string>()
  for (const line of [...readLines, ...writeLines, ...describedLines, ...flagLines]) {
    const words = wordsOf(line, 'ours')
    const path = pathOf(words)
    const names = used.get(path) ?? new Set()
    used.set(path, names)
    for (const word of words.slice(0, words.includes('--') ? words.indexOf('--') : undefined)) {
      for (const name of namesIn(word, path)) {
        names.add(name)
        anywhere.add(name)
      }
    }
  }
  const unused = Object.entries(upstream).flatMap(([path, { flags }]) =>
    flags
      .map((flag) => /--(\S+)/.exec(flag)![1]!)
      .filter((name) => !(path === 'kubectl' ? anywhere : used.get(path))?.has(name))
      .map((name) => `${path} --${name}`),
  )
  assert.deepEqual(unused, [])
})

function pathOf(words: readonly string[]): string {
  let path = 'kubectl'
  for (const word of words) {
    const below = Object.entries(upstream).find(
      ([each, { aliases }]) =>
        each === `${path} ${word}` || (aliases.includes(word) && each.startsWith(`${path} `) && !each.slice(path.length + 1).includes(' ')),
    )
    if (below) path = below[0]
  }
  return path
}

function namesIn(word: string, path: string): string[] {
  const long = /^--([a-z0-9-]+)/.exec(word)?.[1]
  if (long) return [long]
  if (!/^-[a-zA-Z]/.test(word)) return []
  const flags = [...upstream[path]!.flags, ...upstream.kubectl!.flags]
  const names: string[] = []
  for (const letter of word.slice(1)) {
    const flag = flags.find((each) => each.startsWith(`-${letter}, `))
    if (!flag) break
    names.push(/--(\S+)/.exec(flag)![1]!)
    if (!/ bool=/.test(flag)) break
  }
  return names
}
