/** Lines that ours answers, and in the same words the real Helm, where there is one; in a folder with keys. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { noRealHelm, type Outcome, runOurs, runReal, type Surroundings } from './rig.ts'
import { type Ending, place } from './servers.ts'

const { keys } = JSON.parse(readFileSync(join(import.meta.dirname, '../../openpgp/testing/recorded.json'), 'utf8'))
const keyOf = (algorithm: string, passphrase = ''): any => keys.find((key: any) => key.algorithm === algorithm && key.passphrase === passphrase)

/** A folder with charts and keys. */
export function signedPlace(t: Ending): Surroundings {
  const surroundings = place(t)
  const write = (name: string, base64: string): void => writeFileSync(join(surroundings.dir, name), Buffer.from(base64, 'base64'))
  const [open, closed] = [keyOf('rsa2048'), keyOf('ed25519', 'sesame ü')]
  write('open.gpg', open.secret)
  write('closed.gpg', closed.secret)
  write('public.gpg', open.public)
  write('both.gpg', Buffer.concat([Buffer.from(open.public, 'base64'), Buffer.from(closed.public, 'base64')]).toString('base64'))
  writeFileSync(join(surroundings.dir, 'passphrase'), `${closed.passphrase}\nnot this\n`)
  return surroundings
}

/** Runs a line by ours, and by the real one, which has to say the same. */
export async function both(line: string | readonly string[], surroundings: Surroundings): Promise<Outcome> {
  const ours = await runOurs(line, surroundings)
  if (!noRealHelm) assert.deepEqual({ line, ...(await runReal(line, surroundings)) }, { line, ...ours })
  return ours
}

export async function done(line: string, surroundings: Surroundings): Promise<string> {
  const { code, stdout, stderr } = await both(line, surroundings)
  assert.equal(code, 0, `${line}: ${stderr}`)
  return stdout
}

export async function refused(line: string, wanted: string, surroundings: Surroundings, before: { stdout?: string; stderr?: string } = {}): Promise<void> {
  const { code, stdout, stderr } = await both(line, surroundings)
  assert.deepEqual({ line, code, stdout, stderr }, { line, code: 1, stdout: before.stdout ?? '', stderr: `${before.stderr ?? ''}Error: ${wanted}\n` })
}
