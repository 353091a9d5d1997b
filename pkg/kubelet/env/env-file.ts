/** fileKeyRef: one variable out of a file of KEY='VALUE' lines in an emptyDir volume (KEP-3721). */
import { closeSync, openSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

const maxBytes = 64 * 1024

/** Undefined: there is no such file. A link that leads out of the volume, put there by whoever wrote it, is an error. */
export function readEnvFile(volume: string, path: string): Map<string, string> | undefined {
  const root = realpathSync(volume)
  let file: number
  try {
    file = openSync(join(root, path), 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    if (!readlinkSync(`/proc/self/fd/${file}`).startsWith(`${root}/`)) throw new Error(`the path "${path}" leads out of the volume`)
    const text = readFileSync(file)
    if (text.length > maxBytes) throw new Error(`the file "${path}" is larger than ${maxBytes} bytes`)
    return parseEnvFile(text.toString('utf8'))
  } finally {
    closeSync(file)
  }
}

/** Values stand in single quotes and may run over several lines; what is no assignment is a comment. */
export function parseEnvFile(text: string): Map<string, string> {
  const assignment = /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)='([^']*)'[ \t]*(?:#.*)?$/gm
  return new Map([...text.matchAll(assignment)].map(([, key, value]) => [key!, value!]))
}
