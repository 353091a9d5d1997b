/** After renaming: whoever named an object by its old name now names it by its new one (kustomize's name reference transformer). */
import { isObject } from '#apimachinery/json-value.ts'
import { KustomizeError, wrapped } from '../errors.ts'
import { type Slot, slotOf, visitFields } from '../field-spec.ts'
import { clusterScoped, effectiveNamespace, formatId, selectedByGvk } from '../res-id.ts'
import type { Resource } from '../resource.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec, Gvk, NameBackReference } from '../types.ts'

export function fixNameReferences(set: ResourceSet, references: readonly NameBackReference[]): void {
  for (const referrer of set.list) {
    const candidates = mayBeReferred(set, referrer)
    for (const reference of references) {
      for (const spec of reference.fieldSpecs) {
        if (!selectedByGvk(referrer.originalId, spec)) continue
        const fix = new Fix(referrer, spec, reference, candidates)
        try {
          visitFields(referrer, { path: spec.path, create: spec.create ?? false }, 'none', (slot) => fix.set(slot))
        } catch (error) {
          throw wrapped(error, `updating name reference in '${spec.path}' field of '${formatId(referrer.id)}'`)
        }
      }
    }
  }
}

/** What the referrer can see: its own namespace, what has none, and the namespaces of a role binding's subjects. */
function mayBeReferred(set: ResourceSet, referrer: Resource): Resource[] {
  const { id } = referrer
  if (clusterScoped(id)) return set.list
  const subjects = id.kind === 'RoleBinding' && Array.isArray(referrer.object.subjects) ? referrer.object.subjects : []
  const others = new Set(subjects.filter((each: any) => each?.kind === 'ServiceAccount').map((each: any) => each.namespace))
  return set.list.filter(
    (each) => clusterScoped(each.id) || effectiveNamespace(each.id) === effectiveNamespace(id) || others.has(each.object.metadata?.namespace),
  )
}

class Fix {
  readonly #referrer: Resource
  readonly #spec: FieldSpec
  readonly #target: Gvk
  readonly #candidates: readonly Resource[]

  constructor(referrer: Resource, spec: FieldSpec, target: Gvk, candidates: readonly Resource[]) {
    this.#referrer = referrer
    this.#spec = spec
    this.#target = target
    this.#candidates = candidates
  }

  set(slot: Slot): void {
    const value = slot.get()
    if (value === null || value === undefined) return
    if (Array.isArray(value)) for (const index of value.keys()) this.set(slotOf(value, index))
    else if (isObject(value)) this.#setMap(value)
    else this.#setText(slot, String(value))
  }

  #setText(slot: Slot, old: string): void {
    const referral = this.#select(old, this.#candidates, false)
    if (referral !== undefined && referral.name !== old) slot.set(referral.name)
  }

  /** A subject or a webhook's service: a name with a namespace beside it. */
  #setMap(map: Record<string, unknown>): void {
    if (!('name' in map)) throw new KustomizeError("path config error; no 'name' field in node")
    const { namespace } = map
    const inNamespace = (id: 'originalId' | 'id'): Resource[] =>
      this.#candidates.filter((each) => !clusterScoped(each[id]) && effectiveNamespace(each[id]) === namespace)
    const original = namespace === undefined ? this.#candidates : inNamespace('originalId')
    const referral = this.#select(String(map.name), original.length > 0 ? original : inNamespace('id'), true)
    if (referral === undefined) return
    map.name = referral.name
    if (referral.object.metadata?.namespace) map.namespace = referral.object.metadata.namespace
  }

  #select(old: string, among: readonly Resource[], withNamespace: boolean): Resource | undefined {
    const { id } = this.#referrer
    const named = among.filter(
      (each) =>
        each.previous.some((former) => former.name === old) &&
        each.previous.some((former) => selectedByGvk(former, this.#target)) &&
        this.#isRole(each) &&
        (clusterScoped(id) || clusterScoped(each.id) || each.id.kind === 'ServiceAccount' || effectiveNamespace(each.id) === effectiveNamespace(id)),
    )
    if (named.length <= 1) return named[0]
    const likely = named.filter((each) => sameAffixes(each, this.#referrer, true))
    const left = likely.length > 1 ? likely.filter((each) => sameAffixes(each, this.#referrer, false)) : likely
    const [first] = left
    if (first === undefined) return undefined
    const same = left.every((each) => each.name === first.name && (!withNamespace || each.id.namespace === first.id.namespace))
    if (same) return first
    throw new KustomizeError(`found multiple possible referrals: ${left.map((each) => formatId(each.id)).join(', ')}`)
  }

  /** A roleRef says which kind of role it means. */
  #isRole(candidate: Resource): boolean {
    const roleRef = this.#referrer.object.roleRef
    if (!this.#spec.path.endsWith('roleRef/name') || !roleRef?.apiGroup || !roleRef.kind) return true
    return candidate.previous.some((former) => selectedByGvk(former, { group: roleRef.apiGroup, kind: roleRef.kind }))
  }
}

function sameAffixes(a: Resource, b: Resource, allowEmpty: boolean): boolean {
  const same = (left: readonly string[], right: readonly string[]): boolean => {
    if (allowEmpty && (left.length === 0 || right.length === 0)) return true
    const length = Math.min(left.length, right.length)
    return left.slice(left.length - length).join('\0') === right.slice(right.length - length).join('\0') && (length > 0 || left.length === right.length)
  }
  return same(a.prefixes, b.prefixes) && same(a.suffixes, b.suffixes)
}
