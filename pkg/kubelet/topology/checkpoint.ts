/** A manager's state on disk: upstream's JSON with upstream's checksum, written whole or not at all. */
import { readFileSync } from 'node:fs'
import { checksumOf } from './checksum.ts'
import { replaceFile } from '../replace-file.ts'

/** Of one manager's file. */
export interface StateFormat<State> {
  /** The state as Go's spew dumps it. */
  readonly dump: (state: State) => string
  /** "CPU", "memory": in errors. */
  readonly manager: string
}

interface Assigned {
  readonly policyName: string
  readonly entries: Readonly<Record<string, unknown>>
}

/** Without assignments there is no word of them. */
export function writeState<State extends Assigned>(file: string, state: State, { dump }: StateFormat<State>): void {
  const { entries, ...rest } = state
  const shown = Object.keys(entries).length > 0 ? { ...rest, entries } : rest
  replaceFile(file, JSON.stringify({ ...shown, checksum: checksumOf(dump(state)) }))
}

/** Undefined where there is none. Throws upstream's error when it is not what was written, or another policy's. */
export function readState<State extends Assigned>(file: string, policy: string, { dump, manager }: StateFormat<State>): State | undefined {
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
  const { checksum, ...shown } = parsed
  const state = { ...shown, entries: parsed.entries ?? {} } as unknown as State
  if (!isWhole(state, checksum, dump)) fail('checkpoint is corrupted')
  if (parsed.policyName !== policy)
    fail(`configured policy ${JSON.stringify(policy)} differs from state checkpoint policy ${JSON.stringify(parsed.policyName)}`)
  return state
}

/** What has another shape cannot be dumped, and is as broken. */
function isWhole<State>(state: State, checksum: number, dump: (state: State) => string): boolean {
  try {
    return checksumOf(dump(state)) === checksum
  } catch {
    return false
  }
}
