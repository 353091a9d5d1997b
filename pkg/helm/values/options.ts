/** The values that a user gives: files, then --set-json, --set, --set-string, --set-file, --set-literal. */
import { readFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeJson } from '#template/json.ts'
import { bytesToText } from '#template/print/quote.ts'
import { type Dictionary, dictionary } from '#template/values.ts'
import { loadValues, mergeMaps } from '../chart/read-values.ts'
import { parseFileInto, parseInto, parseJsonInto, parseLiteralInto, parseStringInto } from './strvals.ts'

export interface ValueOptions {
  readonly files?: readonly string[]
  readonly json?: readonly string[]
  readonly set?: readonly string[]
  readonly setString?: readonly string[]
  readonly setFile?: readonly string[]
  readonly setLiteral?: readonly string[]
  /** Where relative paths begin. */
  readonly cwd?: string
  /** Reads what "-" stands for. */
  readonly stdin?: () => Promise<Buffer>
  /** Reads a URL of a values file. */
  readonly fetch?: (url: string) => Promise<Buffer>
}

async function readSource(path: string, options: ValueOptions): Promise<Buffer> {
  if (path.trim() === '-' && options.stdin) return options.stdin()
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path) && options.fetch) return options.fetch(path)
  try {
    return await readFile(resolve(options.cwd ?? '.', path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`open ${path}: no such file or directory`)
    throw error
  }
}

function attempt(prefix: string, make: () => void): void {
  try {
    make()
  } catch (error) {
    throw new Error(`${prefix}: ${(error as Error).message}`, { cause: error })
  }
}

/** Throws with Helm's messages. */
export async function readUserValues(options: ValueOptions): Promise<Dictionary> {
  let base = dictionary()
  for (const path of options.files ?? []) {
    const text = bytesToText(await readSource(path, options))
    attempt(`failed to parse ${path}`, () => {
      base = mergeMaps(base, loadValues(text))
    })
  }
  for (const value of options.json ?? []) {
    const trimmed = value.trim()
    try {
      if (trimmed.startsWith('{')) base = mergeMaps(base, decodeJson(trimmed) as Dictionary)
      else parseJsonInto(value, base)
    } catch (error) {
      throw new Error(`failed parsing --set-json data${trimmed.startsWith('{') ? ' JSON:' : ''} ${value}`, { cause: error })
    }
  }
  for (const value of options.set ?? []) attempt('failed parsing --set data', () => parseInto(value, base))
  for (const value of options.setString ?? []) attempt('failed parsing --set-string data', () => parseStringInto(value, base))
  for (const value of options.setFile ?? []) {
    const read = (path: string): string => {
      try {
        return bytesToText(readFileSync(resolve(options.cwd ?? '.', path)))
      } catch (error) {
        throw new Error(`open ${path}: no such file or directory`, { cause: error })
      }
    }
    attempt('failed parsing --set-file data', () => parseFileInto(value, base, read))
  }
  for (const value of options.setLiteral ?? []) attempt('failed parsing --set-literal data', () => parseLiteralInto(value, base))
  return base
}
