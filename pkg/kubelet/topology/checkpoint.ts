/** A manager's state on disk: JSON with a checksum, written whole or not at all. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** FNV-1a of 32 bits: it finds what was cut off or edited, no more. */
function checksumOf(state: object): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(JSON.stringify(state))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

export function writeState(file: string, state: object): void {
  writeFileSync(`${file}.new`, JSON.stringify({ ...state, checksum: checksumOf(state) }), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Undefined where there is none. Throws upstream's error when it is not what was written, or another policy's. */
export function readState<State extends { readonly policyName: string }>(file: string, manager: string, policy: string): State | undefined {
  const fail = (why: string): never => {
    throw new Error(
      `could not restore state from checkpoint: ${why}, please drain this node and delete the ${manager} manager checkpoint file ${JSON.stringify(file)} before restarting Kubelet`,
    )
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  let parsed: State & { readonly checksum: number }
  try {
    parsed = JSON.parse(text) as State & { readonly checksum: number }
  } catch {
    return fail('checkpoint is corrupted')
  }
  const { checksum, ...state } = parsed
  if (checksumOf(state) !== checksum) fail('checkpoint is corrupted')
  if (parsed.policyName !== policy)
    fail(`configured policy ${JSON.stringify(policy)} differs from state checkpoint policy ${JSON.stringify(parsed.policyName)}`)
  return parsed
}
