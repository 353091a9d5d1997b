/** The paths an object has: what its applier then owns. */
import { isObject, type JsonObject } from '../../json-value.ts'
import { fieldElement, FieldSet, FieldSetBuilder } from './field-set.ts'
import { indexItems } from './list-items.ts'
import { type ListType, type MapType, type MergeType, resolve } from './merge-type.ts'

export function fieldsOf(type: MergeType, value: unknown): FieldSet {
  const builder = new FieldSetBuilder()
  walk(type, value, [], builder)
  return builder.build()
}

function walk(type: MergeType, value: unknown, path: readonly string[], set: FieldSetBuilder): void {
  const atom = resolve(type, value)
  if (atom.kind === 'scalar') set.insert(path)
  else if (atom.kind === 'map') walkMap(atom, value, path, set)
  else walkList(atom, value, path, set)
}

function walkMap(type: MapType, value: unknown, path: readonly string[], set: FieldSetBuilder): void {
  if (type.relation === 'atomic') set.insert(path)
  if (type.relation === 'atomic' || !isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    const declared = type.field(key)
    const innerType = declared ?? type.rest
    if (innerType === undefined) continue
    const innerPath = [...path, fieldElement(key)]
    walk(innerType, inner, innerPath, set)
    if (inner === null || isEmptyObject(inner) || declared === undefined) set.insert(innerPath)
  }
}

function isEmptyObject(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0
}

function walkList(type: ListType, value: unknown, path: readonly string[], set: FieldSetBuilder): void {
  if (type.relation === 'atomic') set.insert(path)
  if (type.relation === 'atomic' || !Array.isArray(value)) return
  for (const [element, items] of indexItems(type, value).byElement) {
    const innerPath = [...path, element]
    if (items.length === 1) walk(type.element, items[0], innerPath, set)
    set.insert(innerPath)
  }
}

/** Adds the declared fields on the way to each path, so that a struct goes when nothing in it is left. */
export function withNamedFields(set: FieldSet, type: MergeType, value: unknown): FieldSet {
  const atom = resolve(type, value)
  const nodes = new Map(set.nodes)
  for (const [element, node] of set.nodes) {
    if (node.children.isEmpty) continue
    const name = element.startsWith('f:') ? element.slice(2) : undefined
    const declared = name !== undefined && atom.kind === 'map' ? atom.field(name) : undefined
    const inner = name === undefined ? (atom.kind === 'list' ? atom.element : undefined) : (declared ?? (atom.kind === 'map' ? atom.rest : undefined))
    nodes.set(element, {
      member: node.member || declared !== undefined,
      children:
        inner === undefined ? node.children : withNamedFields(node.children, inner, name === undefined ? undefined : (value as JsonObject | undefined)?.[name]),
    })
  }
  return new FieldSet(nodes)
}
