/** Failures as lines that begin with "- at '/path': ". */
import { quote } from './display.ts'
import type { Failure, Place } from './types.ts'

const maxFailures = 1000

const pointer = (at: Place): string => at.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** What a group holds, for what takes its place. */
export const ungrouped = (failures: readonly Failure[]): readonly Failure[] =>
  failures.length === 1 && failures[0]!.kind === 'group' ? failures[0]!.causes : failures

/** The faults of the whole stand beside each other, not in a group; '' when there are none. */
export function shown(failures: readonly Failure[]): string {
  return ungrouped(failures)
    .slice(0, maxFailures)
    .map((failure) => show(failure, 1))
    .join('')
    .replace(/^\n/, '')
}

function show({ kind, at, message, causes }: Failure, indent: number): string {
  if (kind === 'reference' && causes.length === 1) return show(causes[0]!, indent)
  const own = `\n${'  '.repeat(indent - 1)}- at ${quote(pointer(at))}: ${message}`
  return own + causes.map((cause) => show(cause, indent + 1)).join('')
}
