/** What managers own, after the type of what they own has changed: a custom resource's schema may, under one version. */
import { FieldSet } from './field-set.ts'
import type { MergeType } from './merge-type.ts'

/**
 * Who owned parts of what is now one whole owns the whole. The other way round nothing is to be done: who owned the whole
 * owns none of its parts. Returns the very same set where nothing changes.
 */
export function reconcile(type: MergeType, set: FieldSet): FieldSet {
  if (type.kind === 'deduced' || type.kind === 'scalar' || type.relation === 'atomic') return set
  let changed = false
  const nodes = new Map(set.nodes)
  for (const [element, node] of set.nodes) {
    if (node.children.isEmpty) continue
    const inner = innerTypeOf(type, element)
    if (inner === undefined || inner.kind === 'deduced' || inner.kind === 'scalar') continue
    const isWhole = inner.relation === 'atomic'
    const children = isWhole ? new FieldSet() : reconcile(inner, node.children)
    if (children === node.children) continue
    changed = true
    nodes.set(element, { member: isWhole || node.member, children })
  }
  return changed ? new FieldSet(nodes) : set
}

function innerTypeOf(type: MergeType, element: string): MergeType | undefined {
  if (type.kind === 'list') return element.startsWith('f:') ? undefined : type.element
  if (type.kind !== 'map' || !element.startsWith('f:')) return undefined
  return type.field(element.slice(2)) ?? type.rest
}
