/** --overrides and --override-type: a patch on what a command generated (kubectl's OverrideOptions). */
import { CommandError } from '../../errors.ts'
import type { FlagSpec } from '../../flags/types.ts'
import type { Invocation } from '../../types.ts'

export const overrideFlags: readonly FlagSpec[] = [
  { name: 'overrides', type: 'string', usage: 'An inline JSON override for the generated object' },
  { name: 'override-type', type: 'string', default: 'merge', usage: 'How the generated object is overridden: json, merge, or strategic' },
]

/** What upstream's libraries say of a text that is no such patch. */
const badPatch = {
  json: 'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
  merge: 'Invalid JSON Patch',
  strategic: 'invalid JSON document',
} as const

export async function overridden({ flags }: Invocation, object: any): Promise<any> {
  const text = flags.string('overrides')
  if (text === '') return object
  const type = flags.string('override-type') || 'merge'
  if (type !== 'json' && type !== 'merge' && type !== 'strategic') throw new CommandError(`error: invalid override type: ${type}`)
  let patch: any
  try {
    patch = JSON.parse(text)
  } catch {
    throw new CommandError(`error: ${badPatch[type]}`)
  }
  if (type !== 'json' && Array.isArray(patch)) {
    throw new CommandError(
      'error: couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    )
  }
  if (Array.isArray(patch) !== (type === 'json') || typeof patch !== 'object' || patch === null) throw new CommandError(`error: ${badPatch[type]}`)
  const { patchedLocally } = await import('../apply/live.ts')
  try {
    return await patchedLocally(object, type, patch)
  } catch (error) {
    throw new CommandError(`error: ${(error as Error).message}`)
  }
}
