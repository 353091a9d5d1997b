/** `crds:` files: OpenAPI definitions by type name whose properties say, by x-kubernetes-* extensions, which fields hold labels and names. */
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { isObject } from '#apimachinery/json-value.ts'
import { KustomizeError } from '../errors.ts'
import type { FieldSpec, NameBackReference } from '../types.ts'

export interface CrdFields {
  commonAnnotations: FieldSpec[]
  commonLabels: FieldSpec[]
  namePrefix: FieldSpec[]
  nameReference: NameBackReference[]
}

/** How deep a definition may refer to others; a type that refers to itself ends here. */
const maxDepth = 20

export function crdFields(text: string, path: string): CrdFields {
  const found: CrdFields = { commonAnnotations: [], commonLabels: [], namePrefix: [], nameReference: [] }
  const definitions = parseYaml(text).value
  if (!isObject(definitions)) throw new KustomizeError(`unable to parse open API definition from '${path}'`)
  for (const [name, definition] of Object.entries(definitions) as [string, any][]) {
    const properties = definition?.Schema?.properties
    if (!properties?.kind || !properties.apiVersion || !properties.metadata) continue
    collect(found, { kind: name.slice(name.lastIndexOf('.') + 1) }, definitions, name, [])
  }
  return found
}

function collect(found: CrdFields, kind: { kind: string }, definitions: any, name: string, path: readonly string[]): void {
  if (path.length > maxDepth) return
  const properties = definitions[name]?.Schema?.properties ?? {}
  for (const [field, property] of Object.entries(properties) as [string, any][]) {
    const at = [...path, field]
    const spec = { ...kind, path: at.join('/') }
    if (property['x-kubernetes-annotation'] !== undefined) found.commonAnnotations.push(spec)
    if (property['x-kubernetes-label-selector'] !== undefined) found.commonLabels.push(spec)
    if (property['x-kubernetes-identity'] !== undefined) found.namePrefix.push(spec)
    const version = property['x-kubernetes-object-ref-api-version']
    const target = property['x-kubernetes-object-ref-kind']
    if (version !== undefined && target !== undefined) {
      const key = property['x-kubernetes-object-ref-name-key'] ?? 'name'
      found.nameReference.push({ kind: target, version, fieldSpecs: [{ ...kind, path: [...at, key].join('/') }] })
    }
    if (typeof property.$ref === 'string') collect(found, kind, definitions, property.$ref, at)
  }
}
