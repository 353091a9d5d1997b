/** Validation of resource slices: what a driver offers, and where (pkg/apis/resource/validation). */
import { type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { CounterSet, ResourcePool, ResourceSlice, ResourceSliceSpec } from '#api/gen/resource/v1.ts'
import { NodeSelectorTermSchema } from '#api/gen/core/v1.ts'
import { complaints, immutable } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { csiDriverName } from '../../core/v1/pod-spec/volume-source-checks.ts'
import { validateNodeSelector } from '../../core/v1/pod-spec/validate-node-selector.ts'
import { validateLabelName, validateMap, validatePoolName, validateSet } from './names.ts'
import { validateDevice } from './validate-device.ts'

const at = path('spec')
const maxDevices = 128
const maxDevicesWithMore = 64
const maxCounterSets = 8
const maxCounters = 32
const onePlace = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'

export function validateSlice({ spec }: ResourceSlice): FieldError[] {
  return validateSpec(spec)
}

export function validateSliceUpdate({ spec }: ResourceSlice, { spec: old }: ResourceSlice): FieldError[] {
  return validateSpec(spec, old)
}

function validateSpec(spec: ResourceSliceSpec, old?: ResourceSliceSpec): FieldError[] {
  const beforeOf = (name: string) => old?.devices?.find((device) => device.name === name)
  return [
    ...csiDriverName(spec.driver, at.child('driver')),
    ...validatePool(spec.pool, at.child('pool')),
    ...(old ? validateUnchanged(spec, old) : []),
    ...validatePlace(spec),
    ...(spec.sharedCounters && spec.devices ? [invalidValue(at, '', 'only one of `sharedCounters` or `devices` is allowed')] : []),
    ...validateSet(
      spec.devices,
      maxDevicesOf(spec),
      (device, here) => validateDevice(device, beforeOf(device.name), spec.perDeviceNodeSelection === true, here),
      ({ name }) => name,
      at.child('devices'),
    ),
    ...validateSet(spec.sharedCounters, maxCounterSets, validateCounterSet, ({ name }) => name, at.child('sharedCounters')),
  ]
}

/** Taints and counters make devices larger, so fewer of them may stand in one slice. */
function maxDevicesOf({ devices }: ResourceSliceSpec): number {
  const isLarge = (devices ?? []).some(({ taints, consumesCounters }) => (taints?.length ?? 0) + (consumesCounters?.length ?? 0) > 0)
  return isLarge ? maxDevicesWithMore : maxDevices
}

function validatePool(pool: ResourcePool, at: FieldPath): FieldError[] {
  const { name, resourceSliceCount = 0, generation = 0 } = pool ?? {}
  return [
    ...validatePoolName(name, at.child('name')),
    ...(resourceSliceCount > 0 ? [] : [invalidValue(at.child('resourceSliceCount'), resourceSliceCount, 'must be greater than zero')]),
    ...(generation >= 0 ? [] : [invalidValue(at.child('generation'), generation, 'must be greater than or equal to zero')]),
  ]
}

function validateUnchanged(spec: ResourceSliceSpec, old: ResourceSliceSpec): FieldError[] {
  return [
    ...immutable(at.child('pool', 'name'), spec.pool.name, old.pool.name),
    ...(['driver', 'nodeName'] as const).flatMap((key) => immutable(at.child(key), spec[key], old[key])),
  ]
}

function validatePlace({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec): FieldError[] {
  const errors: FieldError[] = []
  const set: string[] = []
  if (nodeName === '') errors.push(invalidValue(at.child('nodeName'), nodeName, 'must be either unset or set to a non-empty string'))
  else if (nodeName !== undefined) {
    set.push('`nodeName`')
    errors.push(...complaints(at.child('nodeName'), nodeName, nameIsDnsSubdomain(nodeName, false)))
  }
  if (nodeSelector) {
    set.push('`nodeSelector`')
    errors.push(...validateNodeSelector(nodeSelector, at.child('nodeSelector')))
    if (nodeSelector.nodeSelectorTerms?.length !== 1)
      errors.push(
        invalidValue(
          at.child('nodeSelector', 'nodeSelectorTerms'),
          nodeSelector.nodeSelectorTerms.map((term) => internalForm(NodeSelectorTermSchema, term)),
          'must have exactly one node selector term',
        ),
      )
  }
  for (const [key, value] of [
    ['allNodes', allNodes],
    ['perDeviceNodeSelection', perDeviceNodeSelection],
  ] as const) {
    if (value) set.push(`\`${key}\``)
    else if (value === false) errors.push(invalidValue(at.child(key), value, 'must be either unset or set to true'))
  }
  if (set.length === 0) errors.push(required(at, onePlace))
  if (set.length > 1) errors.push(invalidValue(at, `{${set.join(', ')}}`, `${onePlace}, but multiple fields are set`))
  return errors
}

function validateCounterSet({ name, counters }: CounterSet, at: FieldPath): FieldError[] {
  return [
    ...(name ? validateLabelName(name, at.child('name')) : [required(at.child('name'))]),
    ...(Object.keys(counters ?? {}).length === 0 ? [required(at.child('counters'))] : []),
    ...validateMap(counters, maxCounters, { key: validateLabelName }, at.child('counters')),
  ]
}
