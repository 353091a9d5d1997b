/** Validation of nodes. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, internalFieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { decodeObject, parse } from '#apimachinery/codec/decode.ts'
import { parseCidr } from '#apimachinery/ip.ts'
import { isValidLabelValue } from '#apimachinery/names.ts'
import { AvoidPodsSchema, type Node, NodeAddressSchema, type NodeSwapStatus, type Taint, TaintSchema } from '#api/gen/core/v1.ts'
import { legacyCidr, requiredOneOf } from '../../../checks.ts'
import { internalForm } from '../../../internal-form.ts'
import { validateLabelName } from '../../../meta/labels.ts'
import { taintEffects } from '../pod-spec/validate-tolerations.ts'
import { validateQuantity } from '../pod-spec/validate-resources.ts'

const specAt = path('spec')

export function validateNode(node: Node): FieldError[] {
  const { spec, status } = node
  return [
    ...validateTaintAnnotation(node),
    ...validateAvoidedPods(node),
    ...validateTaints(spec.taints),
    ...validateAmounts(node),
    ...validateSwap(status.nodeInfo?.swap, path('metadata', 'nodeSwapStatus', 'capacity')),
    ...validateDeclaredFeatures(status.declaredFeatures, path('status', 'declaredFeatures')),
    ...validatePodCidrs(spec.podCIDRs ?? [], specAt.child('podCIDRs')),
  ]
}

interface AvoidedPods {
  readonly preferAvoidPods?: readonly { readonly podSignature?: { readonly podController?: { readonly controller?: boolean } } }[]
}

const avoidedPods = 'scheduler.alpha.kubernetes.io/preferAvoidPods'

/** An annotation from before the scheduler had plugins: its form is still held to. */
function validateAvoidedPods({ metadata }: Node): FieldError[] {
  const text = metadata.annotations?.[avoidedPods]
  if (!text) return []
  const at = path('metadata', 'annotations')
  let given: AvoidedPods
  try {
    given = decodeObject(AvoidPodsSchema, parse(text, 'json').value ?? {}).object as AvoidedPods
  } catch (error) {
    return [invalidValue(at.child('AvoidPods'), avoidedPods, error instanceof Error ? error.message : String(error))]
  }
  const entries = Array.isArray(given.preferAvoidPods) ? given.preferAvoidPods : []
  return entries.flatMap((entry, position) => {
    const here = at.child(avoidedPods).index(position).child('PodSignature')
    const owner = entry?.podSignature?.podController
    if (!owner) return [required(here)]
    return owner.controller ? [] : [invalidValue(here.child('PodController', 'Controller'), false, 'must point to a controller')]
  })
}

const taintsAnnotation = 'scheduler.alpha.kubernetes.io/taints'

/** Where taints were before they had a field. */
function validateTaintAnnotation({ metadata }: Node): FieldError[] {
  const text = metadata.annotations?.[taintsAnnotation]
  if (!text) return []
  const at = path('metadata', 'annotations')
  try {
    const taints = parse(text, 'json').value
    return Array.isArray(taints) ? validateTaints(taints, at.child(taintsAnnotation)) : []
  } catch (error) {
    return [invalidValue(at, taintsAnnotation, error instanceof Error ? error.message : String(error))]
  }
}

/** Upstream's path names them under metadata. */
function validateTaints(taints: readonly Taint[] | undefined, at = path('metadata', 'taints')): FieldError[] {
  const seen = new Set<string>()
  return (taints ?? []).flatMap((taint, position) => {
    const here = at.index(position)
    const { key = '', value = '', effect } = taint
    const wrong = isValidLabelValue(value)
    const errors = [
      ...validateLabelName(key, here.child('key')),
      ...(wrong.length > 0 ? [invalidValue(here.child('value'), value, wrong.join(';'))] : []),
      ...requiredOneOf(here.child('effect'), effect, taintEffects),
    ]
    const repeated = duplicate(here, internalForm(TaintSchema, taint))
    if (seen.has(`${effect}/${key}`)) errors.push({ ...repeated, message: `${repeated.message}: taints must be unique by key and effect pair` })
    seen.add(`${effect}/${key}`)
    return errors
  })
}

function validateAmounts({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status[list] ?? {}).flatMap(([name, amount]) => validateQuantity(name, amount, path('status', list, name))),
  )
}

/** Upstream's path names it under metadata. */
function validateSwap(swap: NodeSwapStatus | undefined, at: FieldPath): FieldError[] {
  return swap?.capacity === undefined || swap.capacity > 0 ? [] : [invalidValue(at, swap.capacity, 'must be greater than zero')]
}

const maxFeatureLength = 253
const featureForm =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"

/** What a node says that it can do (KEP-5328): names in order, each once. */
function validateDeclaredFeatures(features: readonly string[] = [], at: FieldPath): FieldError[] {
  return features.flatMap((feature, position) => {
    const wrong = featureError(feature)
    const errors = wrong ? [invalidValue(at.index(position), feature, `invalid feature name ${JSON.stringify(feature)}: ${wrong}`)] : []
    const next = features[position + 1]
    if (next === undefined || feature < next) return errors
    const nextAt = at.index(position + 1)
    return [...errors, feature === next ? duplicate(nextAt, next) : invalidValue(nextAt, next, 'list must be sorted alphabetically')]
  })
}

function featureError(feature: string): string | undefined {
  if (Buffer.byteLength(feature) > maxFeatureLength) return `must be no more than ${maxFeatureLength} characters`
  return /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z0-9]+)*$/.test(feature) ? undefined : featureForm
}

function validatePodCidrs(cidrs: readonly string[], at: FieldPath): FieldError[] {
  const errors = cidrs.flatMap((cidr, position) => legacyCidr(at.index(position), cidr))
  if (cidrs.length < 2) return errors
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.family))
  const odd = cidrs.findIndex((cidr) => parseCidr(cidr) === undefined)
  if (odd >= 0) {
    const why = `invalid CIDR[${odd}]: <nil> (invalid CIDR address: ${cidrs[odd]})`
    errors.push(internalFieldError(at, `invalid PodCIDRs. failed to check with dual stack with error:${why}`))
    families.clear()
  }
  if (families.size < 2 || cidrs.length > 2) errors.push(invalidValue(at, cidrs, 'may specify no more than one CIDR for each IP family'))
  return errors
}

export function validateNodeStatusUpdate(node: Node, old: Node): FieldError[] {
  return [
    ...validateTaintAnnotation(node),
    ...validateAvoidedPods(node),
    ...validateAmounts(node),
    ...validateDeclaredFeatures(node.status.declaredFeatures, path('status', 'declaredFeatures')),
    ...validateAddresses(node),
    ...validateAssigned(node, old),
    ...validateTaints(node.spec.taints),
    ...(node.spec.externalID === old.spec.externalID ? [] : [forbiddenField(specAt.child('externalID'), 'may not be updated')]),
  ]
}

function validateAddresses({ status }: Node): FieldError[] {
  const seen = new Set<string>()
  return (status.addresses ?? []).flatMap((address, position) => {
    const key = `${address.type}/${address.address}`
    if (seen.has(key)) return [duplicate(path('status', 'addresses').index(position), internalForm(NodeAddressSchema, address))]
    seen.add(key)
    return []
  })
}

/** What was given once stays. */
function validateAssigned({ spec }: Node, { spec: old }: Node): FieldError[] {
  const errors: FieldError[] = []
  const [now, before] = [spec.podCIDRs ?? [], old.podCIDRs ?? []]
  const fixed = forbiddenField(specAt.child('podCIDRs'), 'node updates may not change podCIDR except from "" to valid')
  if (before.length > 0) {
    if (now.length !== before.length) errors.push(fixed)
    else errors.push(...before.filter((cidr, position) => cidr !== now[position]).map(() => fixed))
  }
  if (old.providerID && spec.providerID !== old.providerID)
    errors.push(forbiddenField(specAt.child('providerID'), 'node updates may not change providerID except from "" to valid'))
  return errors
}
