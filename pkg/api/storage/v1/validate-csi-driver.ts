/** Validation of CSI drivers. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { CSIDriver, TokenRequest } from '#api/gen/storage/v1.ts'
import { immutable, optionalOneOf } from '../../checks.ts'

const at = path('spec')
const modes = ['Persistent', 'Ephemeral']
const minTokenSeconds = 600
const maxTokenSeconds = 2 ** 32
const minUpdateSeconds = 10

/** Upstream says "attachedRequired" of the field attachRequired. */
const attachAt = at.child('attachedRequired')

export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const seconds = spec.nodeAllocatableUpdatePeriodSeconds
  return [
    ...(spec.attachRequired === undefined ? [required(attachAt)] : []),
    ...(['podInfoOnMount', 'storageCapacity'] as const).flatMap((key) => (spec[key] === undefined ? [required(at.child(key))] : [])),
    ...optionalOneOf(at.child('fsGroupPolicy'), spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...validateTokenRequests(spec.tokenRequests ?? [], at.child('tokenRequests')),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) => (modes.includes(mode) ? [] : [notSupported(at.child('volumeLifecycleModes'), mode, modes)])),
    ...(spec.seLinuxMount === undefined ? [required(at.child('seLinuxMount'))] : []),
    ...(seconds !== undefined && seconds < minUpdateSeconds
      ? [invalidValue(at.child('nodeAllocatableUpdatePeriodSeconds'), seconds, 'must be greater than or equal to 10 seconds')]
      : []),
    ...(spec.serviceAccountTokenInSecrets !== undefined && (spec.tokenRequests ?? []).length === 0
      ? [
          invalidValue(
            at.child('serviceAccountTokenInSecrets'),
            spec.serviceAccountTokenInSecrets,
            'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
          ),
        ]
      : []),
  ]
}

function validateTokenRequests(requests: readonly TokenRequest[], at: FieldPath): FieldError[] {
  const audiences = new Set<string>()
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, position) => {
    const here = at.index(position)
    if (audiences.has(audience)) return [duplicate(here.child('audience'), audience)]
    audiences.add(audience)
    if (seconds === undefined) return []
    if (seconds < minTokenSeconds) return [invalidValue(here.child('expirationSeconds'), seconds, 'may not specify a duration less than 10 minutes')]
    return seconds > maxTokenSeconds ? [invalidValue(here.child('expirationSeconds'), seconds, 'may not specify a duration larger than 2^32 seconds')] : []
  })
}

export function validateCsiDriverUpdate(object: CSIDriver, old: CSIDriver): FieldError[] {
  return [
    ...validateCsiDriver(object),
    ...immutable(attachAt, object.spec.attachRequired, old.spec.attachRequired),
    ...immutable(at.child('volumeLifecycleModes'), object.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes),
  ]
}
