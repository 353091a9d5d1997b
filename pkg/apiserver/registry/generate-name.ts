/** Names from generateName: five random letters, none that spell words or look alike (apiserver's names.SimpleNameGenerator). */
import crypto from 'node:crypto'

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
const maxBaseLength = 63 - suffixLength

export function generateName(base: string): string {
  let name = base.slice(0, maxBaseLength)
  for (let count = 0; count < suffixLength; count++) name += alphabet[crypto.randomInt(alphabet.length)]
  return name
}
