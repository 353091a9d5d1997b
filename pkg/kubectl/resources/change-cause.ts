/** --record: the line that changed an object, kept in its annotation (cli-runtime's RecordFlags; deprecated, and still in many scripts). */
import type { FlagSpec } from '../flags/types.ts'
import type { Invocation } from '../types.ts'

export const changeCause = 'kubernetes.io/change-cause'

export const recordFlag: FlagSpec = {
  name: 'record',
  type: 'bool',
  default: 'false',
  hidden: true,
  deprecated: '--record will be removed in the future',
  usage: 'Keep this line in an annotation of what it changes',
}

/** They are not for everybody who may read the object; upstream keeps them. */
const secret = new Set(['token', 'password'])

/** Whatever is asked of it, the object is only changed with --record. */
export function recordCause(invocation: Invocation, object: any): void {
  if (!invocation.flags.bool('record')) return
  object.metadata ??= {}
  object.metadata.annotations = { ...object.metadata.annotations, [changeCause]: causeOf(invocation) }
}

/** A merge patch that records the line on an object that is live; undefined when there is nothing to record. */
export function causePatch(invocation: Invocation, object: any): object | undefined {
  if (!invocation.flags.bool('record') || object.metadata?.annotations?.[changeCause] === causeOf(invocation)) return undefined
  return { metadata: { annotations: { [changeCause]: causeOf(invocation) } } }
}

/** The command with its arguments, then its flags in the order they stood. */
function causeOf({ path, args, given }: Invocation): string {
  return [path, ...args, ...given.map(({ spec, value }) => `--${spec.name}=${secret.has(spec.name) ? 'CLASSIFIED' : value}`)].join(' ')
}
