/** `namePrefix:` and `nameSuffix:` (kustomize's PrefixTransformer and SuffixTransformer). */
import { visitFields } from '../field-spec.ts'
import { selectedByGvk } from '../res-id.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec } from '../types.ts'

/** Their names mean something by themselves. */
const unnamed = [{ kind: 'CustomResourceDefinition' }, { group: 'apiregistration.k8s.io', kind: 'APIService' }, { kind: 'Namespace' }]

export function addPrefix(set: ResourceSet, prefix: string, specs: readonly FieldSpec[]): void {
  addAffix(set, specs, 'prefixes', prefix, (text) => prefix + text)
}

export function addSuffix(set: ResourceSet, suffix: string, specs: readonly FieldSpec[]): void {
  addAffix(set, specs, 'suffixes', suffix, (text) => text + suffix)
}

function addAffix(set: ResourceSet, specs: readonly FieldSpec[], list: 'prefixes' | 'suffixes', affix: string, rename: (text: string) => string): void {
  if (affix === '') return
  for (const resource of set.list) {
    const id = resource.originalId
    if (unnamed.some((each) => selectedByGvk(id, each))) continue
    for (const spec of specs) {
      if (!selectedByGvk(id, spec)) continue
      if (spec.path === 'metadata/name') {
        resource[list].push(affix)
        resource.rememberId()
      }
      visitFields(resource, spec, 'text', (slot) => slot.set(rename(String(slot.get() ?? ''))))
    }
  }
}
