/** --from-literal, --from-file and --from-env-file of configmaps and secrets. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { CommandError } from '../../errors.ts'
import { isEnvVarName } from '#apimachinery/names.ts'
import type { FlagSpec } from '../../flags/types.ts'
import type { Invocation } from '../../types.ts'

export const keyValueFlags: readonly FlagSpec[] = [
  { name: 'append-hash', type: 'bool', default: 'false', usage: 'Append a hash of the contents to the name' },
  { name: 'from-env-file', type: 'stringSlice', usage: 'File of lines key=val, each an entry' },
  { name: 'from-file', type: 'stringSlice', usage: 'File or directory; [key=]source' },
  { name: 'from-literal', type: 'stringArray', usage: 'A key and its value (mykey=somevalue)' },
]

export function keyValues({ flags, io }: Invocation, kind: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  const add = (key: string, value: Buffer): void => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
      throw new CommandError(
        `error: ${JSON.stringify(key)} is not a valid key name for a ${kind}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      )
    }
    if (found.has(key)) throw new CommandError(`error: cannot add key ${JSON.stringify(key)}, another key by that name already exists`)
    found.set(key, value)
  }
  const files = flags.list('from-file')
  const literals = flags.list('from-literal')
  const envFiles = flags.list('from-env-file')
  if (envFiles.length > 0 && (files.length > 0 || literals.length > 0))
    throw new CommandError('error: from-env-file cannot be combined with from-file or from-literal')
  for (const literal of literals) {
    const at = literal.indexOf('=')
    if (at <= 0) throw new CommandError(`error: invalid literal source ${literal}, expected key=value`)
    add(literal.slice(0, at), Buffer.from(unquoted(literal.slice(at + 1))))
  }
  for (const file of files) readSource(io.cwd, file, add)
  for (const file of envFiles)
    for (const [key, value] of envLines(envFile(io.cwd, file), io.env)) {
      const [problem] = isEnvVarName(key)
      if (problem) throw new CommandError(`error: ${JSON.stringify(key)} is not a valid key name: ${problem}`)
      add(key, Buffer.from(value))
    }
  return found
}

function envFile(cwd: string, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8')
  } catch {
    throw new CommandError(`error: error reading ${file}: no such file or directory`)
  }
}

function unquoted(text: string): string {
  return /^(["']).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text
}

function readSource(cwd: string, source: string, add: (key: string, value: Buffer) => void): void {
  const at = source.indexOf('=')
  const [key, path] = at < 0 ? [undefined, source] : [source.slice(0, at), source.slice(at + 1)]
  const full = resolve(cwd, path)
  let isDirectory: boolean
  try {
    isDirectory = statSync(full).isDirectory()
  } catch {
    throw new CommandError(`error: error reading ${path}: no such file or directory`)
  }
  if (!isDirectory) {
    add(key ?? basename(full), readFileSync(full))
    return
  }
  if (key !== undefined) throw new CommandError('error: cannot give a key name for a directory path')
  for (const entry of readdirSync(full, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile()) add(entry.name, readFileSync(join(full, entry.name)))
  }
}

export function envLines(text: string, env: Readonly<Record<string, string | undefined>>): [string, string][] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, env[line] ?? ''] : [line.slice(0, at), line.slice(at + 1)]
    })
}
