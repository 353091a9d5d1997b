/** Every command has the flags of the original: no other, none less, with the same letters and defaults (tools/helm-flags.ts records). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../commands/index.ts'
import { globalFlags } from '../settings.ts'
import type { CommandEntry } from '../types.ts'

const recorded: Record<string, Record<string, string>> = JSON.parse(readFileSync(join(import.meta.dirname, 'flags.json'), 'utf8'))
const global = new Set(globalFlags({ HOME: '/home/someone' }).map(({ name }) => name))

/** What help tells of a default in another way than as text. */
function defaultOf(name: string, type: string, value = ''): string {
  if (name === 'keyring') return '/home/someone/.gnupg/pubring.gpg'
  if (name === 'labels' || name === 'post-renderer-args') return '[]'
  return (type === 'bool' && value === 'false') || (type === 'int' && value === '0') ? '' : value
}

async function flagsOf(entries: readonly CommandEntry[], path: readonly string[], into: Record<string, Record<string, string>>): Promise<void> {
  for (const { name, load } of entries) {
    const { flags = [], subcommands } = await load()
    const own = [...path, name]
    const shown = flags.filter(({ hidden }) => !hidden)
    into[own.join(' ')] = Object.fromEntries(
      shown.map(({ name: flag, short = '', type, default: value }) => [
        flag,
        [short, type === 'bool' ? 'bool' : 'value', defaultOf(flag, type, value)].join('|'),
      ]),
    )
    if (subcommands) await flagsOf(subcommands, own, into)
  }
}

test('every command has the flags of the original', async () => {
  const ours: Record<string, Record<string, string>> = {}
  await flagsOf(commands, [], ours)
  const own = (flags: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(flags).filter(([name]) => !global.has(name)))
  for (const [path, wanted] of Object.entries(recorded)) assert.deepEqual({ path, flags: own(ours[path] ?? {}) }, { path, flags: own(wanted) })
})
