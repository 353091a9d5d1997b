/** The worker of `passwords.ts`: hashes one password after another, as slowly as their authors wanted it. */
import { parentPort } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'
import { matchesHash } from './password-hashes.ts'

export interface PasswordQuestion {
  readonly id: number
  readonly hash: string
  readonly password: string
}

export interface PasswordAnswer {
  readonly id: number
  readonly matches: boolean
}

parentPort?.on('message', ({ id, hash, password }: PasswordQuestion) => {
  parentPort?.postMessage({ id, matches: matches(hash, password) } satisfies PasswordAnswer)
})

function matches(hash: string, password: string): boolean {
  try {
    return /^\$2[aby]\$/.test(hash) ? compareSync(password, hash) : (matchesHash(hash, password) ?? false)
  } catch {
    // Not a hash that anybody could have made.
    return false
  }
}
