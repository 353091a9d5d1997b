/** `labels:`, `commonLabels:`, `commonAnnotations:` (kustomize's LabelTransformer and AnnotationsTransformer). */
import { isObject, setKey } from '#apimachinery/json-value.ts'
import { mergeFieldSpecs, type TransformerConfig } from '../config/index.ts'
import { KustomizeError } from '../errors.ts'
import { visitFields } from '../field-spec.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec, Kustomization, LabelEntry } from '../types.ts'

/** Puts the pairs into the map that each spec names. */
export function addPairs(set: ResourceSet, pairs: Readonly<Record<string, string>>, specs: readonly FieldSpec[]): void {
  const names = Object.keys(pairs).sort()
  if (names.length === 0) return
  for (const resource of set.list) {
    for (const spec of specs) {
      visitFields(resource, spec, 'map', (slot) => {
        const map = slot.get() ?? {}
        if (!isObject(map)) throw new KustomizeError(`wrong node kind: expected MappingNode but got ${Array.isArray(map) ? 'SequenceNode' : 'ScalarNode'}`)
        for (const name of names) setKey(map, name, String(pairs[name]))
        slot.set(map)
      })
    }
  }
}

export function addLabels(set: ResourceSet, kustomization: Kustomization, config: TransformerConfig): void {
  for (const entry of kustomization.labels ?? []) addPairs(set, entry.pairs ?? {}, fieldsOf(entry, config))
  addPairs(set, kustomization.commonLabels ?? {}, config.commonLabels)
}

function fieldsOf(entry: LabelEntry, config: TransformerConfig): readonly FieldSpec[] {
  const own = mergeFieldSpecs(entry.fields ?? [], config.labels)
  if (entry.includeSelectors) return mergeFieldSpecs(own, config.commonLabels)
  const templates = entry.includeTemplates ? mergeFieldSpecs(own, config.templateLabels) : own
  const claims = entry.includeVolumeClaimTemplates ? mergeFieldSpecs(templates, config.volumeClaimTemplateLabels) : templates
  return mergeFieldSpecs(claims, [{ path: 'metadata/labels', create: true }])
}
