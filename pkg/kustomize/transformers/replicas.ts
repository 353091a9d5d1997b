/** `replicas:`: how many of a workload, by its name before or after renaming (kustomize's ReplicaCountTransformer). */
import { KustomizeError } from '../errors.ts'
import { visitFields } from '../field-spec.ts'
import { formatGvk, selectedByGvk } from '../res-id.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec } from '../types.ts'

export function setReplicas(set: ResourceSet, { name, count }: { readonly name: string; readonly count: number }, specs: readonly FieldSpec[]): void {
  let found = false
  for (const spec of specs) {
    for (const resource of set.byAnyId((id) => id.name === name && selectedByGvk(id, spec))) {
      found = true
      visitFields(resource, spec, 'text', (slot) => slot.set(count))
    }
  }
  if (found) return
  throw new KustomizeError(`resource with name ${name} does not match a config with the following GVK [${specs.map(formatGvk).join(' ')}]`)
}
