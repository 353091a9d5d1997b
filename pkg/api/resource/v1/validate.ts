/** Validation of device claims: their requests and who they are for. Selectors are CEL and are checked where they are compiled. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notFoundField, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type {
  DeviceClaim,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
} from '#api/gen/resource/v1.ts'
import { complaints, immutable, requiredOneOf } from '../../checks.ts'

export function validateClaim({ spec }: ResourceClaim): FieldError[] {
  return validateDevices(spec.devices, path('spec', 'devices'))
}

export function validateClaimUpdate(object: ResourceClaim, old: ResourceClaim): FieldError[] {
  return immutable(path('spec'), object.spec, old.spec)
}

export function validateClaimTemplate({ spec }: ResourceClaimTemplate): FieldError[] {
  return validateDevices(spec.spec.devices, path('spec', 'spec', 'devices'))
}

export function validateClaimTemplateUpdate(object: ResourceClaimTemplate, old: ResourceClaimTemplate): FieldError[] {
  return immutable(path('spec'), object.spec, old.spec)
}

function validateDevices(claim: DeviceClaim | undefined, at: FieldPath): FieldError[] {
  const names = new Set<string>()
  const errors = (claim?.requests ?? []).flatMap((request, position) => {
    const here = at.child('requests').index(position)
    const found = [...validateName(request.name, here.child('name')), ...validateRequest(request, here)]
    if (names.has(request.name)) found.push(duplicate(here, request.name))
    names.add(request.name)
    return found
  })
  for (const [position, { requests }] of (claim?.constraints ?? []).entries()) {
    for (const [index, name] of (requests ?? []).entries()) {
      if (!names.has(name.split('/')[0] ?? '')) errors.push(notFoundField(at.child('constraints').index(position).child('requests').index(index), name))
    }
  }
  return errors
}

function validateRequest({ exactly, firstAvailable }: DeviceRequest, at: FieldPath): FieldError[] {
  const alternatives = firstAvailable ?? []
  if (!exactly && alternatives.length === 0) return [required(at, 'exactly one of `exactly` or `firstAvailable` is required')]
  if (exactly && alternatives.length > 0) return [invalidValue(at, '', 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set')]
  if (exactly) return validateWanted(exactly, at.child('exactly'))
  return alternatives.flatMap((each, position) => {
    const here = at.child('firstAvailable').index(position)
    return [...validateName(each.name, here.child('name')), ...validateWanted(each, here)]
  })
}

function validateWanted({ deviceClassName, allocationMode, count }: ExactDeviceRequest | DeviceSubRequest, at: FieldPath): FieldError[] {
  const classAt = at.child('deviceClassName')
  const errors = deviceClassName ? complaints(classAt, deviceClassName, nameIsDnsSubdomain(deviceClassName, false)) : [required(classAt)]
  errors.push(...requiredOneOf(at.child('allocationMode'), allocationMode, ['All', 'ExactCount']))
  if (allocationMode === 'ExactCount' && !((count ?? 0) > 0)) errors.push(invalidValue(at.child('count'), count ?? 0, 'must be greater than zero'))
  if (allocationMode === 'All' && count) errors.push(invalidValue(at.child('count'), count, "must not be specified when allocationMode is 'All'"))
  return errors
}

function validateName(name: string | undefined, at: FieldPath): FieldError[] {
  return name ? complaints(at, name, isDns1123Label(name)) : [required(at)]
}

export function validateSlice({ spec }: ResourceSlice): FieldError[] {
  const at = path('spec')
  const errors: FieldError[] = spec.driver
    ? complaints(at.child('driver'), spec.driver, nameIsDnsSubdomain(spec.driver, false))
    : [required(at.child('driver'))]
  if (!spec.pool?.name) errors.push(required(at.child('pool', 'name')))
  const names = new Set<string>()
  for (const [position, { name }] of (spec.devices ?? []).entries()) {
    const here = at.child('devices').index(position).child('name')
    errors.push(...validateName(name, here))
    if (names.has(name)) errors.push(duplicate(here, name))
    names.add(name)
  }
  return errors
}

export function validateSliceUpdate(object: ResourceSlice, old: ResourceSlice): FieldError[] {
  const at = path('spec')
  const fixed = (['driver', 'nodeName'] as const).flatMap((key) => immutable(at.child(key), object.spec[key], old.spec[key]))
  return [...validateSlice(object), ...fixed, ...immutable(at.child('pool', 'name'), object.spec.pool.name, old.spec.pool.name)]
}
