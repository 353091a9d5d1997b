/** Dotted paths of replacements and variables: `spec.template.spec.containers.[name=web].image`, `data.app\.yaml`, `spec.rules.*.host`. */
import { getKey, isObject, setKey } from '#apimachinery/json-value.ts'
import { KustomizeError } from './errors.ts'
import { type Slot, slotOf, splitPath } from './field-spec.ts'

/** Splits at dots, but not inside of `[key=a.b]`. */
export function splitFieldPath(path: string): string[] {
  const parts: string[] = []
  const split = splitPath(path, '.')
  for (let index = 0; index < split.length; index++) {
    let part = split[index]!
    if (!part.startsWith('[') || part.endsWith(']')) {
      parts.push(part)
      continue
    }
    while (index < split.length - 1 && !part.endsWith(']')) part += `.${split[++index]!}`
    parts.push(part.includes('=') ? part : part.replace(/^\[+|\]+$/g, ''))
  }
  return parts
}

/** The value at the path, or undefined. */
export function lookup(object: unknown, path: string): unknown {
  let here = object
  for (const part of splitFieldPath(path)) {
    if (Array.isArray(here)) here = elementOf(here, part)
    else if (isObject(here)) here = getKey(here, part)
    else return undefined
  }
  return here ?? undefined
}

function elementOf(list: readonly unknown[], part: string): unknown {
  const condition = conditionOf(part)
  if (condition !== undefined) return list.find((each) => meets(each, condition))
  if (part === '-') return list.at(-1)
  return /^\d+$/.test(part) ? list[Number(part)] : undefined
}

interface Condition {
  readonly key: string
  readonly value: string
}

function conditionOf(part: string): Condition | undefined {
  const match = /^\[(.*?)=(.*)\]$/.exec(part)
  return match === null ? undefined : { key: match[1]!, value: match[2]!.replace(/^"(.*)"$/, '$1') }
}

function meets(element: unknown, { key, value }: Condition): boolean {
  if (key === '') return String(element) === value
  const held = isObject(element) ? lookup(element, key) : undefined
  return held !== undefined && (String(held) === value || matchesPattern(String(held), value))
}

function matchesPattern(text: string, pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    return false
  }
}

/** Every field that the path names; `create` makes what is missing, lists and conditions included. */
export function slotsAt(root: Slot, path: readonly string[], create: 'text' | 'map' | 'list' | 'none'): Slot[] {
  if (path.length === 0) return [root]
  const [first, ...rest] = path as [string, ...string[]]
  const here = root.get()
  if (first === '*') return childrenOf(here).flatMap((slot) => slotsAt(slot, rest, create))
  const condition = conditionOf(first)
  if (condition !== undefined) return slotsOfCondition(root, condition, rest, create)
  if (Array.isArray(here)) {
    if (!/^\d+$/.test(first)) return here.flatMap((_, index) => slotsAt(slotOf(here, index), path, create))
    const index = Number(first)
    if (index > here.length || (index === here.length && create === 'none')) {
      throw new KustomizeError(`index ${index} specified but only ${here.length} elements found`)
    }
    if (index === here.length) here.push(initial(rest, create))
    return slotsAt(slotOf(here, index), rest, create)
  }
  if (!isObject(here)) return []
  const slot = slotOf(here, first)
  if (slot.get() === undefined || slot.get() === null) {
    if (create === 'none') return []
    setKey(here, first, initial(rest, create))
  }
  return slotsAt(slot, rest, create)
}

function childrenOf(value: unknown): Slot[] {
  if (Array.isArray(value)) return value.map((_, index) => slotOf(value, index))
  return isObject(value) ? Object.keys(value).map((key) => slotOf(value, key)) : []
}

function slotsOfCondition(root: Slot, condition: Condition, rest: readonly string[], create: 'text' | 'map' | 'list' | 'none'): Slot[] {
  const list = root.get()
  if (!Array.isArray(list)) return []
  const found = list.flatMap((each, index) => (meets(each, condition) ? [index] : []))
  if (found.length === 0 && create !== 'none') {
    list.push(condition.key === '' ? condition.value : { [condition.key]: condition.value })
    found.push(list.length - 1)
  }
  return found.flatMap((index) => slotsAt(slotOf(list, index), rest, create))
}

/** What to put where the rest of the path goes on. */
function initial(rest: readonly string[], create: 'text' | 'map' | 'list' | 'none'): unknown {
  const [next] = rest
  if (next !== undefined) return next.startsWith('[') || /^\d+$/.test(next) ? [] : {}
  return create === 'map' ? {} : create === 'list' ? [] : ''
}
