/**
 * Sets of field paths, in the shape of `fieldsV1`: a tree whose edges are path elements in their written form
 * (`f:name`, `k:{"name":"a"}`, `v:1`, `i:0`), each a member or not. Immutable once built.
 */
import { isObject, type JsonObject } from '../../json-value.ts'
import { readJson, writeJson } from '../../codec/exact-json.ts'

interface Node {
  /** The path up to here is in the set. */
  readonly member: boolean
  readonly children: FieldSet
}

type Entries = Map<string, Node>

export class FieldSet {
  readonly nodes: ReadonlyMap<string, Node>

  constructor(nodes: ReadonlyMap<string, Node> = new Map()) {
    this.nodes = nodes
  }

  get isEmpty(): boolean {
    return this.nodes.size === 0
  }

  has(path: readonly string[]): boolean {
    const [head, ...rest] = path
    const node = head === undefined ? undefined : this.nodes.get(head)
    if (node === undefined) return false
    return rest.length === 0 ? node.member : node.children.has(rest)
  }

  hasMember(element: string): boolean {
    return this.nodes.get(element)?.member === true
  }

  under(element: string): FieldSet {
    return this.nodes.get(element)?.children ?? emptySet
  }

  union(other: FieldSet): FieldSet {
    if (this.isEmpty) return other
    if (other.isEmpty) return this
    const nodes: Entries = new Map(this.nodes)
    for (const [element, theirs] of other.nodes) {
      const ours = nodes.get(element)
      nodes.set(element, ours === undefined ? theirs : { member: ours.member || theirs.member, children: ours.children.union(theirs.children) })
    }
    return new FieldSet(nodes)
  }

  intersection(other: FieldSet): FieldSet {
    if (other.isEmpty) return emptySet
    return this.#combine(other, false, (ours, theirs) => ({
      member: ours.member && theirs.member,
      children: ours.children.intersection(theirs.children),
    }))
  }

  /** Removes the other's paths, each alone: what lies below a removed path stays. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    return this.#combine(other, true, (ours, theirs) => ({
      member: ours.member && !theirs.member,
      children: ours.children.difference(theirs.children),
    }))
  }

  /** Removes the other's paths with all that lies below them. */
  withoutBelow(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    return this.#combine(other, true, (ours, theirs) =>
      theirs.member ? { member: false, children: emptySet } : { member: ours.member, children: ours.children.withoutBelow(theirs.children) },
    )
  }

  #combine(other: FieldSet, keepsUnmatched: boolean, combine: (ours: Node, theirs: Node) => Node): FieldSet {
    const nodes: Entries = new Map()
    for (const [element, ours] of this.nodes) {
      const theirs = other.nodes.get(element)
      if (theirs === undefined) {
        if (keepsUnmatched) nodes.set(element, ours)
        continue
      }
      const node = combine(ours, theirs)
      if (node.member || !node.children.isEmpty) nodes.set(element, node)
    }
    return nodes.size === 0 ? emptySet : new FieldSet(nodes)
  }

  /** Every path: of each level, first what ends there, then what goes on, both in order. */
  *paths(prefix: readonly string[] = []): Generator<string[]> {
    const nodes = sorted(this.nodes)
    for (const [element, node] of nodes) if (node.member) yield [...prefix, element]
    for (const [element, node] of nodes) yield* node.children.paths([...prefix, element])
  }

  /** Adds to `fields`, in order. */
  toFieldsV1(fields: JsonObject = {}): JsonObject {
    for (const [element, { member, children }] of sorted(this.nodes)) fields[element] = children.toFieldsV1(member && !children.isEmpty ? { '.': {} } : {})
    return fields
  }

  static fromFieldsV1(fields: unknown): FieldSet {
    if (fields === undefined || fields === null) return emptySet
    if (!isObject(fields)) throw new Error('the fields are no object')
    const nodes: Entries = new Map()
    for (const [key, below] of Object.entries(fields)) {
      // What a later version may have written is passed over.
      if (key === '.' || /^[^fkvi]:/.test(key)) continue
      const inner = below ?? {}
      if (!isObject(inner)) throw new Error(`the fields below ${JSON.stringify(key)} are no object`)
      const children = FieldSet.fromFieldsV1(inner)
      nodes.set(canonicalElement(key), { member: children.isEmpty || Object.hasOwn(inner, '.'), children })
    }
    return new FieldSet(nodes)
  }

  static of(...paths: (readonly string[])[]): FieldSet {
    const builder = new FieldSetBuilder()
    for (const path of paths) builder.insert(path)
    return builder.build()
  }
}

const emptySet = new FieldSet()

export { emptySet }

interface Building {
  member: boolean
  /** Most paths end soon: made when one goes on. */
  children: FieldSetBuilder | undefined
}

export class FieldSetBuilder {
  readonly #nodes = new Map<string, Building>()

  insert(path: readonly string[]): void {
    let builder: FieldSetBuilder = this
    for (let index = 0; index < path.length; index++) {
      const element = path[index]!
      let node = builder.#nodes.get(element)
      if (node === undefined) {
        node = { member: false, children: undefined }
        builder.#nodes.set(element, node)
      }
      if (index === path.length - 1) node.member = true
      else builder = node.children ??= new FieldSetBuilder()
    }
  }

  build(): FieldSet {
    if (this.#nodes.size === 0) return emptySet
    const nodes: Entries = new Map()
    for (const [element, { member, children }] of this.#nodes) nodes.set(element, { member, children: children === undefined ? emptySet : children.build() })
    return new FieldSet(nodes)
  }
}

const rank: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 }

function sorted(nodes: ReadonlyMap<string, Node>): [string, Node][] {
  const entries = [...nodes]
  // What was read from an object is in order already.
  for (let at = 1; at < entries.length; at++) if (inOrder(entries[at - 1]!, entries[at]!) > 0) return entries.sort(inOrder)
  return entries
}

function inOrder([a]: [string, Node], [b]: [string, Node]): number {
  if (a[0] === 'f' && b[0] === 'f') return compareText(a, b)
  return rank[a[0]!]! - rank[b[0]!]! || compareElements(a.slice(2), b.slice(2))
}

/** Keys, values and indexes: numbers by their size, keys field by field. */
function compareElements(a: string, b: string): number {
  const [left, right]: [unknown, unknown] = [readJson(a), readJson(b)]
  if (!isObject(left) || !isObject(right)) return compareValues(left, right)
  const [lefts, rights] = [Object.entries(left), Object.entries(right)]
  for (let at = 0; at < Math.min(lefts.length, rights.length); at++) {
    const order = compareText(lefts[at]![0], rights[at]![0]) || compareValues(lefts[at]![1], rights[at]![1])
    if (order !== 0) return order
  }
  return lefts.length - rights.length
}

const valueRank: Readonly<Record<string, number>> = { number: 0, bigint: 0, string: 1, boolean: 2 }

function compareValues(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return (valueRank[typeof a] ?? 3) - (valueRank[typeof b] ?? 3) || compareText(writeJson(a), writeJson(b))
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const CACHE_LIMIT = 8192
const canonical = new Map<string, string>()

/** Keys and values as we write them, however a client spelled them; the same few come again and again. */
function canonicalElement(element: string): string {
  if (element.startsWith('f:')) return element
  let known = canonical.get(element)
  if (known === undefined) {
    known = canonicalize(element)
    if (canonical.size >= CACHE_LIMIT) canonical.clear()
    canonical.set(element, known)
  }
  return known
}

function canonicalize(element: string): string {
  const type = element.slice(0, 2)
  if (!/^[fkvi]:/.test(element)) throw new Error(`unknown path element type: ${JSON.stringify(element)}`)
  if (type === 'i:' && !/^-?\d+$/.test(element.slice(2))) throw new Error(`no index: ${JSON.stringify(element)}`)
  if (type !== 'k:' && type !== 'v:') return element
  const value = readJson(element.slice(2))
  return type === 'k:' && isObject(value) ? keyElement(Object.entries(value)) : type + writeJson(value)
}

export const fieldElement = (name: string): string => `f:${name}`
export const valueElement = (value: unknown): string => `v:${writeJson(value)}`

export function keyElement(fields: readonly (readonly [string, unknown])[]): string {
  const ordered = fields.length < 2 ? fields : fields.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `k:{${ordered.map(([name, value]) => `${JSON.stringify(name)}:${writeJson(value)}`).join(',')}}`
}

/** As messages print paths: `.spec.containers[name="a"].image`. */
export function printPath(path: readonly string[]): string {
  return path.map(printElement).join('')
}

function printElement(element: string): string {
  const text = element.slice(2)
  switch (element[0]) {
    case 'f':
      return `.${text}`
    case 'k':
      return `[${Object.entries(readJson(text) as JsonObject)
        .map(([name, value]) => `${name}=${writeJson(value)}`)
        .join(',')}]`
    case 'v':
      return `[=${text}]`
    default:
      return `[${text}]`
  }
}
