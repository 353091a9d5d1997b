/** `vars:` (deprecated upstream, still in use): `$(NAME)` becomes the value of a field of another object. */
import { isObject, setKey } from '#apimachinery/json-value.ts'
import { KustomizeError } from '../errors.ts'
import { type Slot, slotOf, visitFields } from '../field-spec.ts'
import { lookup } from '../field-path.ts'
import { clusterScoped, groupVersionOf, type ResId, sameGvkAndName, sameId } from '../res-id.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec, Variable } from '../types.ts'

/** Remembers which object each variable reads, before it is renamed further. */
export function bindVariables(set: ResourceSet, variables: readonly Variable[]): void {
  for (const variable of variables) {
    const { objref } = variable
    const version = objref.apiVersion === undefined ? { group: objref.group ?? '', version: objref.version ?? '' } : groupVersionOf(objref.apiVersion)
    const target: ResId = { ...version, kind: objref.kind ?? '', name: objref.name, namespace: objref.namespace ?? '' }
    const exact = target.namespace !== '' || clusterScoped(target)
    const matched = set.byAnyId((id) => (exact ? sameId(target, id) : sameGvkAndName(target, id)))
    if (matched.length > 1) throw new KustomizeError(`found ${matched.length} resId matches for var ${variable.name} (unable to disambiguate)`)
    matched[0]?.variables.push(variable.name)
  }
}

/** Puts the values in. `warn` is told of variables that nobody used. */
export function resolveVariables(set: ResourceSet, variables: readonly Variable[], specs: readonly FieldSpec[], warn: (line: string) => void): void {
  if (variables.length === 0) return
  const values = new Map(variables.map((variable) => [variable.name, fieldOf(set, variable)]))
  const used = new Set<string>()
  const expand = (text: string): unknown => {
    const whole = /^\$\(([^)]*)\)$/.exec(text)
    if (whole !== null && values.has(whole[1]!)) {
      used.add(whole[1]!)
      return values.get(whole[1]!)
    }
    return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
      if (match === '$$') return '$'
      if (!values.has(name!)) return match
      used.add(name!)
      return String(values.get(name!))
    })
  }
  for (const resource of set.list) for (const spec of specs) visitFields(resource, spec, 'none', (slot) => replaceIn(slot, expand))
  const unused = [...values.keys()].filter((name) => !used.has(name))
  if (unused.length > 0) warn(`well-defined vars that were never replaced: ${unused.join(',')}`)
}

function replaceIn(slot: Slot, expand: (text: string) => unknown): void {
  const value = slot.get()
  if (typeof value === 'string') slot.set(expand(value))
  else if (Array.isArray(value)) {
    value.forEach((each, index) => {
      if (typeof each !== 'string') throw new KustomizeError('invalid value type expect a string')
      slotOf(value, index).set(expand(each))
    })
  } else if (isObject(value)) {
    for (const [key, each] of Object.entries(value)) if (typeof each === 'string') setKey(value, key, expand(each))
  }
}

function fieldOf(set: ResourceSet, variable: Variable): unknown {
  const resource = set.list.find((each) => each.variables.includes(variable.name))
  if (resource === undefined) throw new KustomizeError(`var '${variable.name}' cannot be mapped to a field in the set of known resources`)
  const value = lookup(resource.object, variable.fieldref?.fieldPath || 'metadata.name')
  if (value === undefined) throw new KustomizeError(`field specified in var '${variable.name}' not found in corresponding resource`)
  return value
}
