/** The suffix of names that tell their content: kubectl's --append-hash and kustomize's generators. */
import { createHash } from 'node:crypto'
import { goJson } from './go-json.ts'

const safe: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' }

/** Ten characters that are no digit or vowel by chance of a word: of the value's JSON, its SHA-256. */
export function nameHash(value: unknown): string {
  const hex = createHash('sha256').update(goJson(value)).digest('hex').slice(0, 10)
  return [...hex].map((char) => safe[char] ?? char).join('')
}
