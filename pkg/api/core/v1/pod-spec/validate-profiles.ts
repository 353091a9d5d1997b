/** Validation of seccomp and AppArmor profiles. */
import { type FieldError, type FieldPath, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import { type AppArmorProfile, type SeccompProfile, SeccompProfileSchema } from '#api/gen/core/v1.ts'
import { descendingPath, oneOf } from '../../../checks.ts'
import { internalForm } from '../../../internal-form.ts'

const types = ['Localhost', 'RuntimeDefault', 'Unconfined']
const maxProfileLength = 4095

export function validateSeccompProfile(profile: SeccompProfile | undefined, at: FieldPath): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile } = profile
  const here = at.child('localhostProfile')
  const errors = type ? oneOf(at.child('type'), type, types) : [required(at.child('type'), 'type is required when seccompProfile is set')]
  if (type !== 'Localhost') {
    return localhostProfile === undefined
      ? errors
      : [...errors, invalidValue(here, internalForm(SeccompProfileSchema, profile), 'can only be set when seccomp type is Localhost')]
  }
  if (localhostProfile === undefined) return [...errors, required(here, 'must be set when seccomp type is Localhost')]
  return [...errors, ...descendingPath(here, localhostProfile)]
}

export function validateAppArmorProfile(profile: AppArmorProfile | undefined, at: FieldPath): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile } = profile
  if (!type) return [required(at.child('type'), 'type is required when appArmorProfile is set')]
  const here = at.child('localhostProfile')
  if (type === 'Localhost') return validateLoadedProfile(localhostProfile ?? '', here)
  if (!types.includes(type)) return oneOf(at.child('type'), type, types)
  return localhostProfile === undefined ? [] : [invalidValue(here, localhostProfile, 'can only be set when AppArmor type is Localhost')]
}

function validateLoadedProfile(profile: string, at: FieldPath): FieldError[] {
  if (profile === '') return [required(at, 'must be set when AppArmor type is Localhost')]
  return [
    ...(profile.trim() === profile ? [] : [invalidValue(at, profile, 'must not be padded with whitespace')]),
    ...(Buffer.byteLength(profile) > maxProfileLength ? [tooLong(at, maxProfileLength)] : []),
  ]
}
