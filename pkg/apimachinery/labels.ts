/** Label selectors: `app=web,tier in (a,b),!x`, and the LabelSelector objects of the API. Semantics of k8s.io/apimachinery/pkg/labels. */
import type { LabelSelector } from './gen/meta-v1.ts'
import { parseRequirements } from './label-parser.ts'
import { makeRequirement, matchesRequirement, printRequirement, type Requirement, SelectorError } from './label-requirement.ts'

export { SelectorError, type Operator, type Requirement } from './label-requirement.ts'

export type Labels = Readonly<Record<string, string>>

/** Requirements that all must hold, ordered by key. */
export interface Selector {
  readonly requirements: readonly Requirement[]
  matches(labels: Labels | undefined): boolean
  /** True when everything matches. */
  readonly isEmpty: boolean
  toString(): string
  /** The value a label must have to match, where exactly one can. */
  requiresExactMatch(label: string): string | undefined
}

const NO_LABELS: Labels = {}

class Conjunction implements Selector {
  readonly requirements: readonly Requirement[]

  constructor(requirements: readonly Requirement[]) {
    this.requirements = requirements.length < 2 ? requirements : requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  }

  get isEmpty(): boolean {
    return this.requirements.length === 0
  }

  matches(labels: Labels | undefined): boolean {
    const given = labels ?? NO_LABELS
    for (const requirement of this.requirements) if (!matchesRequirement(requirement, given)) return false
    return true
  }

  requiresExactMatch(label: string): string | undefined {
    const found = this.requirements.find(({ key }) => key === label)
    if (found === undefined || found.values.length !== 1) return undefined
    return found.operator === '=' || found.operator === '==' || found.operator === 'in' ? found.values[0] : undefined
  }

  toString(): string {
    return this.requirements.map(printRequirement).join(',')
  }
}

class Nothing extends Conjunction {
  constructor() {
    super([])
  }

  override get isEmpty(): boolean {
    return false
  }

  override matches(): boolean {
    return false
  }
}

export const everything: Selector = new Conjunction([])
export const nothing: Selector = new Nothing()

export function selectorOf(requirements: readonly Requirement[]): Selector {
  return new Conjunction(requirements)
}

/** Throws SelectorError with upstream's message. */
export function parseLabelSelector(text: string): Selector {
  return text === '' ? everything : new Conjunction(parseRequirements(text))
}

/** A plain set of labels as a selector; no set: everything. */
export function selectorFromSet(set: Labels | undefined): Selector {
  const entries = Object.entries(set ?? {})
  return new Conjunction(entries.map(([key, value]) => ({ key, operator: '=', values: [value] })))
}

const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const
const cache = new WeakMap<object, Selector>()

/** The selector of a LabelSelector object: none selects nothing, an empty one everything. Throws SelectorError. */
export function selectorFromLabelSelector(selector: LabelSelector | undefined | null): Selector {
  if (selector === undefined || selector === null) return nothing
  const known = cache.get(selector)
  if (known !== undefined) return known
  const made = compile(selector)
  // Objects from caches never change, so what was compiled once stays right; a caller's own may, so it is not kept.
  if (Object.isFrozen(selector)) cache.set(selector, made)
  return made
}

function compile({ matchLabels, matchExpressions }: LabelSelector): Selector {
  const requirements = Object.entries(matchLabels ?? {}).map(([key, value]) => makeRequirement(key, '=', [value]))
  for (const { key, operator, values } of matchExpressions ?? []) {
    const known = Object.hasOwn(operators, operator) ? operators[operator as keyof typeof operators] : undefined
    if (known === undefined) throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`)
    requirements.push(makeRequirement(key, known, values ?? []))
  }
  return requirements.length === 0 ? everything : new Conjunction(requirements)
}

/** kubectl's printed form of a LabelSelector: "app=web,tier in (a,b)", "<none>" when empty, "<error>" when wrong. */
export function formatLabelSelector(selector: LabelSelector | undefined | null): string {
  try {
    return selectorFromLabelSelector(selector).toString() || '<none>'
  } catch {
    return '<error>'
  }
}

/** A selector string as a LabelSelector object (for `kubectl` and the scale subresource's readers). */
export function toLabelSelector(text: string): LabelSelector {
  const selector: LabelSelector = { matchLabels: {}, matchExpressions: [] }
  const names = { in: 'In', notin: 'NotIn', '!=': 'NotIn', exists: 'Exists', '!': 'DoesNotExist' } as const
  for (const { key, operator, values } of parseLabelSelector(text).requirements) {
    if (operator === '=' || operator === '==') selector.matchLabels![key] = values[0] ?? ''
    else if (operator === 'gt' || operator === 'lt') throw new SelectorError(`"${operator}" isn't supported in label selectors`)
    else selector.matchExpressions!.push({ key, operator: names[operator], values: [...values] })
  }
  return selector
}
