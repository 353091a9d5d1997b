/** Validation of what claims and their templates ask for (pkg/apis/resource/validation). */
import { type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import {
  type DeviceClaim,
  type DeviceConstraint,
  type DeviceRequest,
  type DeviceSubRequest,
  type ExactDeviceRequest,
  type ResourceClaim,
  ResourceClaimSpecSchema,
  type ResourceClaimTemplate,
  ResourceClaimTemplateSpecSchema,
} from '#api/gen/resource/v1.ts'
import { complaints, immutableMessage, oneOf } from '../../checks.ts'
import { validateTemplateMetadata } from '../../core/v1/persistent-volume-claim/validate-spec.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateFullyQualifiedName, validateLabelName, validateSet, validateSlice } from './names.ts'
import { type RequestNames, requestNamesOf, validateRequestReference } from './request-names.ts'
import { validateConfiguration } from './validate-configuration.ts'
import { validateSelectors } from './validate-device-class.ts'
import { validateDeviceToleration } from './validate-tolerations.ts'

const maxItems = 32
const maxAlternatives = 8
const oneKind = 'exactly one of `exactly` or `firstAvailable` is required'

export function validateClaim({ spec }: ResourceClaim): FieldError[] {
  return validateDevices(spec.devices, path('spec', 'devices'))
}

export function validateClaimUpdate(object: ResourceClaim, old: ResourceClaim): FieldError[] {
  return semanticEqual(object.spec, old.spec, ResourceClaimSpecSchema)
    ? []
    : [invalidValue(path('spec'), internalForm(ResourceClaimSpecSchema, object.spec), immutableMessage)]
}

export function validateClaimTemplate({ spec }: ResourceClaimTemplate): FieldError[] {
  const at = path('spec', 'metadata')
  return [...validateTemplateMetadata(spec.metadata, at), ...validateDevices(spec.spec.devices, path('spec', 'spec', 'devices'))]
}

export function validateClaimTemplateUpdate(object: ResourceClaimTemplate, old: ResourceClaimTemplate): FieldError[] {
  return semanticEqual(object.spec, old.spec, ResourceClaimTemplateSpecSchema)
    ? []
    : [invalidValue(path('spec'), internalForm(ResourceClaimTemplateSpecSchema, object.spec), immutableMessage)]
}

function validateDevices(claim: DeviceClaim, at: FieldPath): FieldError[] {
  const names = requestNamesOf(claim ?? {})
  return [
    ...validateSet(claim?.requests ?? [], maxItems, validateRequest, ({ name }) => name, at.child('requests')),
    ...validateSlice(claim?.constraints, maxItems, (each, here) => validateConstraint(each, names, here), at.child('constraints')),
    ...validateSlice(
      claim?.config,
      maxItems,
      (each, here) => [...validateReferences(each.requests, names, here.child('requests')), ...validateConfiguration(each, here)],
      at.child('config'),
    ),
  ]
}

export function validateReferences(requests: readonly string[] | undefined, names: RequestNames, at: FieldPath): FieldError[] {
  return validateSet(requests, maxItems, (name, here) => validateRequestReference(name, names, here), String, at)
}

function validateRequest({ name, exactly, firstAvailable }: DeviceRequest, at: FieldPath): FieldError[] {
  const errors = validateLabelName(name, at.child('name'))
  const alternatives = firstAvailable ?? []
  if (!exactly && alternatives.length === 0) return [...errors, required(at, oneKind)]
  if (exactly && alternatives.length > 0) return [...errors, invalidValue(at, null, `${oneKind}, but multiple fields are set`)]
  if (exactly) return [...errors, ...validateWanted(exactly, at.child('exactly'))]
  return [...errors, ...validateSet(alternatives, maxAlternatives, validateAlternative, (each) => each.name, at.child('firstAvailable'))]
}

function validateAlternative(alternative: DeviceSubRequest, at: FieldPath): FieldError[] {
  return [...validateLabelName(alternative.name, at.child('name')), ...validateWanted(alternative, at)]
}

function validateWanted(wanted: ExactDeviceRequest | DeviceSubRequest, at: FieldPath): FieldError[] {
  const { deviceClassName, selectors, tolerations } = wanted
  const classAt = at.child('deviceClassName')
  return [
    ...(deviceClassName ? complaints(classAt, deviceClassName, nameIsDnsSubdomain(deviceClassName, false)) : [required(classAt)]),
    ...validateSelectors(selectors, at.child('selectors')),
    ...validateAllocationMode(wanted, at),
    ...(tolerations ?? []).flatMap((each, position) => validateDeviceToleration(each, at.child('tolerations').index(position))),
  ]
}

function validateAllocationMode({ allocationMode, count = 0 }: ExactDeviceRequest | DeviceSubRequest, at: FieldPath): FieldError[] {
  const here = at.child('count')
  if (allocationMode === 'All') return count === 0 ? [] : [invalidValue(here, count, "must not be specified when allocationMode is 'All'")]
  if (allocationMode === 'ExactCount') return count > 0 ? [] : [invalidValue(here, count, 'must be greater than zero')]
  return oneOf(at.child('allocationMode'), allocationMode, ['All', 'ExactCount'])
}

/** Upstream's words for "neither" speak of several fields. */
const oneConstraint = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'

function validateConstraint({ requests, matchAttribute, distinctAttribute }: DeviceConstraint, names: RequestNames, at: FieldPath): FieldError[] {
  const errors = validateReferences(requests, names, at.child('requests'))
  if (matchAttribute !== undefined) return [...errors, ...validateFullyQualifiedName(matchAttribute, at.child('matchAttribute'))]
  if (distinctAttribute !== undefined) return [...errors, ...validateFullyQualifiedName(distinctAttribute, at.child('distinctAttribute'))]
  return [...errors, required(at, oneConstraint)]
}
