/** Validation of one device that a slice offers. What is as it was before is not looked at again. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { type Device, type DeviceAttribute, DeviceAttributeSchema, type DeviceCapacity, type DeviceCounterConsumption } from '#api/gen/resource/v1.ts'
import { complaints } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { validateNodeSelector } from '../../core/v1/pod-spec/validate-node-selector.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateLabelName, validateMap, validateQualifiedName, validateSet, validateSlice } from './names.ts'
import { validateBindingConditions } from './validate-binding-conditions.ts'
import { validateRequestPolicy } from './validate-request-policy.ts'
import { validateDeviceTaint } from './validate-tolerations.ts'

const maxAttributesAndCapacities = 32
const maxTaints = 16
const maxConsumptions = 2
const maxCounters = 32
const valueMaxLength = 64
const unlimited = Number.POSITIVE_INFINITY

export function validateDevice(device: Device, old: Device | undefined, perDevice: boolean, at: FieldPath): FieldError[] {
  const count = Object.keys(device.attributes ?? {}).length + Object.keys(device.capacity ?? {}).length
  const capacity = device.allowMultipleAllocations ? validateSharedCapacity : validateWholeCapacity
  return [
    ...validateLabelName(device.name, at.child('name')),
    ...(count > maxAttributesAndCapacities
      ? [invalidValue(at, count, `the total number of attributes and capacities must not exceed ${maxAttributesAndCapacities}`)]
      : []),
    ...validateMap(device.attributes, unlimited, { key: validateQualifiedName, value: validateAttribute }, at.child('attributes')),
    ...(semanticEqual(old?.capacity ?? {}, device.capacity ?? {})
      ? []
      : validateMap(device.capacity, unlimited, { key: validateQualifiedName, value: capacity }, at.child('capacity'))),
    ...(semanticEqual(old?.taints, device.taints) ? [] : validateSlice(device.taints, maxTaints, validateDeviceTaint, at.child('taints'))),
    ...validateSet(device.consumesCounters, maxConsumptions, validateConsumption, ({ counterSet }) => counterSet, at.child('consumesCounters')),
    ...(perDevice ? validatePlace(device, at) : validateNoPlace(device, at)),
    ...validateBindingConditions(device, at),
  ]
}

const onePlace = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

function validatePlace({ nodeName, nodeSelector, allNodes }: Device, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const set: string[] = []
  if (nodeName === '') errors.push(invalidValue(at.child('nodeName'), nodeName, 'must not be empty'))
  else if (nodeName !== undefined) {
    set.push('`nodeName`')
    errors.push(...complaints(at.child('nodeName'), nodeName, nameIsDnsSubdomain(nodeName, false)))
  }
  if (nodeSelector) {
    set.push('`nodeSelector`')
    errors.push(...validateNodeSelector(nodeSelector, at.child('nodeSelector')))
  }
  if (allNodes) set.push('`allNodes`')
  else if (allNodes === false) errors.push(invalidValue(at.child('allNodes'), allNodes, 'must be either unset or set to true'))
  if (set.length === 0) errors.push(required(at, onePlace))
  if (set.length > 1) errors.push(invalidValue(at, `{${set.join(', ')}}`, onePlace))
  return errors
}

function validateNoPlace({ nodeName, nodeSelector, allNodes }: Device, at: FieldPath): FieldError[] {
  if (nodeName === undefined && !nodeSelector && allNodes === undefined) return []
  return [
    invalidValue(at, null, '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'),
  ]
}

const semanticVersion =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/
const kinds = ['bool', 'int', 'string', 'version', 'bools', 'ints', 'strings', 'versions'] as const
const listKinds = ['bools', 'ints', 'strings', 'versions'] as const

function validateAttribute(attribute: DeviceAttribute, at: FieldPath): FieldError[] {
  const set = kinds.filter((kind) => attribute[kind] !== undefined)
  return [
    ...(attribute.string === undefined ? [] : validateText(attribute.string, at.child('string'))),
    ...(attribute.version === undefined ? [] : validateVersion(attribute.version, at.child('version'))),
    ...listKinds.flatMap((kind) => (attribute[kind]?.length === 0 ? [invalidValue(at.child(kind), [], 'must not be empty if specified')] : [])),
    ...(attribute.strings ?? []).flatMap((each, position) => validateText(each, at.child('strings').index(position))),
    ...(attribute.versions ?? []).flatMap((each, position) => validateVersion(each, at.child('versions').index(position))),
    ...(set.length === 1
      ? []
      : [invalidValue(at, set.length === 0 ? '' : internalForm(DeviceAttributeSchema, attribute), 'exactly one value must be specified')]),
  ]
}

function validateText(text: string, at: FieldPath): FieldError[] {
  return Buffer.byteLength(text) > valueMaxLength ? [tooLong(at, valueMaxLength)] : []
}

function validateVersion(text: string, at: FieldPath): FieldError[] {
  return [...(semanticVersion.test(text) ? [] : [invalidValue(at, text, 'must be a string compatible with semver.org spec 2.0.0')]), ...validateText(text, at)]
}

function validateSharedCapacity({ value, requestPolicy }: DeviceCapacity, at: FieldPath): FieldError[] {
  return requestPolicy ? validateRequestPolicy(value, requestPolicy, at.child('requestPolicy')) : []
}

function validateWholeCapacity({ requestPolicy }: DeviceCapacity, at: FieldPath): FieldError[] {
  return requestPolicy ? [forbiddenField(at.child('requestPolicy'), 'allowMultipleAllocations must be true')] : []
}

function validateConsumption({ counterSet, counters }: DeviceCounterConsumption, at: FieldPath): FieldError[] {
  return [
    ...(counterSet ? validateLabelName(counterSet, at.child('counterSet')) : [required(at.child('counterSet'))]),
    ...(Object.keys(counters ?? {}).length === 0 ? [required(at.child('counters'))] : []),
    ...validateMap(counters, maxCounters, { key: validateLabelName }, at.child('counters')),
  ]
}
