/** Validation of nodes. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, path } from '#apimachinery/field-error.ts'
import { isValidCidr } from '#apimachinery/ip.ts'
import { isValidLabelValue } from '#apimachinery/names.ts'
import type { Node, Taint } from '#api/gen/core/v1.ts'
import { complaints, requiredOneOf } from '../../../checks.ts'
import { validateLabelName } from '../../../meta/labels.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { validateQuantity, validateResourceName } from '../pod-spec/validate-resources.ts'

const specAt = path('spec')

export function validateNode({ spec, status }: Node): FieldError[] {
  return [
    ...validateTaints(spec.taints, specAt.child('taints')),
    ...(spec.podCIDRs ?? []).flatMap((cidr, position) => complaints(specAt.child('podCIDRs').index(position), cidr, isValidCidr(cidr))),
    ...validateAmounts(status.capacity, path('status', 'capacity')),
    ...validateAmounts(status.allocatable, path('status', 'allocatable')),
  ]
}

function validateTaints(taints: readonly Taint[] | undefined, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (taints ?? []).flatMap((taint, position) => {
    const here = at.index(position)
    const { key, value, effect } = taint
    const errors = [
      ...validateLabelName(key ?? '', here.child('key')),
      ...(value ? complaints(here.child('value'), value, isValidLabelValue(value)) : []),
      ...requiredOneOf(here.child('effect'), effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
    ]
    if (seen.has(`${effect}/${key}`))
      errors.push({ ...duplicate(here, taint), message: `${duplicate(here, taint).message}: taints must be unique by key and effect pair` })
    seen.add(`${effect}/${key}`)
    return errors
  })
}

function validateAmounts(list: Readonly<Record<string, string>> | undefined, at: FieldPath): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) => [...validateResourceName(name, at.key(name)), ...validateQuantity(name, amount, at.key(name))])
}

export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const errors = validateNode(node)
  const types = new Set<string>()
  for (const [position, { type, address }] of (node.status.addresses ?? []).entries()) {
    const key = `${type}/${address}`
    if (types.has(key)) errors.push(duplicate(path('status', 'addresses').index(position), { type, address }))
    types.add(key)
  }
  if ((old.spec.podCIDRs ?? []).length > 0 && !semanticEqual(node.spec.podCIDRs, old.spec.podCIDRs)) {
    errors.push(forbiddenField(specAt.child('podCIDRs'), 'node updates may not change podCIDR except from "" to valid'))
  }
  if (old.spec.providerID && node.spec.providerID !== old.spec.providerID) {
    errors.push(forbiddenField(specAt.child('providerID'), 'node updates may not change providerID except from "" to valid'))
  }
  return errors
}
