/** Unions such as a deployment's strategy or a volume: keys that the patch does not list go. */
import type { TypeSchema } from '../../schema/types.ts'

export function retainsKeys(type: TypeSchema | undefined, name: string): boolean {
  return type?.kind === 'struct' && (type.byName.get(name)?.patchStrategy ?? []).includes('retainKeys')
}
