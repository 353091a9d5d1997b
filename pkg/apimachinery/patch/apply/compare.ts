/** What changed between two objects, as sets of paths. */
import { equalJson, isObject } from '../../json-value.ts'
import { fieldElement, type FieldSet, FieldSetBuilder } from './field-set.ts'
import { indexItems } from './list-items.ts'
import { deducedMap, type ListType, type MapType, type MergeType, resolve } from './merge-type.ts'

export interface Comparison {
  readonly added: FieldSet
  readonly removed: FieldSet
  readonly modified: FieldSet
}

export function compare(type: MergeType, before: unknown, after: unknown): Comparison {
  const walker = new CompareWalker()
  walker.compare(type, before, after)
  return { added: walker.added.build(), removed: walker.removed.build(), modified: walker.modified.build() }
}

class CompareWalker {
  readonly added = new FieldSetBuilder()
  readonly removed = new FieldSetBuilder()
  readonly modified = new FieldSetBuilder()
  readonly #path: string[] = []

  /** undefined stands for what is not there at all. */
  compare(type: MergeType, before: unknown, after: unknown): void {
    const atom = resolve(type, after ?? before)
    const other = resolve(type, before ?? after)
    const leaf = atom.kind !== other.kind ? this.#ofOtherKind(before, after) : this.#inside(atom, before, after)
    if (leaf) this.#leaf(before, after)
    else if (before === undefined) this.added.insert(this.#path)
    else if (after === undefined) this.removed.insert(this.#path)
  }

  #leaf(before: unknown, after: unknown): void {
    if (before === undefined) this.added.insert(this.#path)
    else if (after === undefined) this.removed.insert(this.#path)
    else if (!equalJson(before, after)) this.modified.insert(this.#path)
  }

  /** What is deduced from values may become another thing: one leaf, though what a map held comes or goes each by itself. */
  #ofOtherKind(before: unknown, after: unknown): boolean {
    if (isObject(before)) this.#map(deducedMap, before, {})
    if (isObject(after)) this.#map(deducedMap, {}, after)
    return true
  }

  /** True when the value counts as one leaf. */
  #inside(type: MergeType, before: unknown, after: unknown): boolean {
    if (type.kind === 'map') {
      const [left, right] = [isObject(before) ? before : {}, isObject(after) ? after : {}]
      if (type.relation === 'atomic' || (Object.keys(left).length === 0 && Object.keys(right).length === 0)) return true
      this.#map(type, left, right)
      return false
    }
    if (type.kind === 'list') {
      const [left, right] = [Array.isArray(before) ? before : [], Array.isArray(after) ? after : []]
      if (type.relation === 'atomic' || (left.length === 0 && right.length === 0)) return true
      this.#list(type, left, right)
      return false
    }
    return true
  }

  #below(element: string, type: MergeType, before: unknown, after: unknown): void {
    this.#path.push(element)
    this.compare(type, before, after)
    this.#path.pop()
  }

  #map(type: MapType, before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(before)) this.#member(type, key, before[key], own(after, key))
    for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) this.#member(type, key, undefined, after[key])
  }

  #member(type: MapType, key: string, left: unknown, right: unknown): void {
    // Most of an object does not change: equal parts are seen at a glance.
    if (left === right || equalJson(left, right)) return
    const inner = type.field(key) ?? type.rest
    if (inner !== undefined) this.#below(fieldElement(key), inner, left, right)
  }

  #list(type: ListType, before: readonly unknown[], after: readonly unknown[]): void {
    const left = indexItems(type, before).byElement
    const right = indexItems(type, after).byElement
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      const [lefts, rights] = [left.get(element) ?? [], right.get(element) ?? []]
      if (lefts.length <= 1 && rights.length <= 1) this.#below(element, type.element, lefts[0], rights[0])
      else this.#duplicates(element, type, lefts, rights)
    }
  }

  #duplicates(element: string, type: ListType, lefts: readonly unknown[], rights: readonly unknown[]): void {
    const path = [...this.#path, element]
    if (lefts.length >= 2 && rights.length >= 2) {
      if (!equalJson(lefts, rights)) this.modified.insert(path)
    } else if (lefts.length >= 2) {
      if (rights.length > 0) this.#below(element, type.element, undefined, rights[0])
      this.removed.insert(path)
    } else {
      if (lefts.length > 0) this.#below(element, type.element, lefts[0], undefined)
      this.added.insert(path)
    }
  }
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
