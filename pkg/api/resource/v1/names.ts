/** Names of pools, requests, attributes and shares, and lists of bounded length. */
import { duplicate, type FieldError, type FieldPath, invalidValue, required, tooLong, tooMany } from '#apimachinery/field-error.ts'
import { isCIdentifier, isDns1123Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import { complaints } from '../../checks.ts'
import { csiDriverName } from '../../core/v1/pod-spec/volume-source-checks.ts'

const poolNameMaxLength = 253
const identifierMaxLength = 32

export function validateLabelName(name: string | undefined, at: FieldPath): FieldError[] {
  return complaints(at, name ?? '', isDns1123Label(name ?? ''))
}

export function validatePoolName(name: string | undefined, at: FieldPath): FieldError[] {
  if (!name) return [required(at)]
  const parts = name.split('/').flatMap((part) => complaints(at, part, isDns1123Subdomain(part)))
  return [...(Buffer.byteLength(name) > poolNameMaxLength ? [tooLong(at, poolNameMaxLength)] : []), ...parts]
}

export function validateShareId(id: string, at: FieldPath): FieldError[] {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return []
  const normalized = 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'
  const readable = /^(urn:uuid:)?\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?$/i.test(id)
  return [invalidValue(at, id, readable ? normalized : `error validating uid: invalid UUID length: ${Buffer.byteLength(id)}`)]
}

/** A name of its driver's domain, or one with a domain before it. */
export function validateQualifiedName(name: string, at: FieldPath): FieldError[] {
  const [first = '', second, ...more] = name.split('/')
  // Upstream lets these pass, and means to mend it carefully.
  if (more.length > 0) return []
  if (second === undefined) return validateIdentifier(first, at)
  return [
    ...(first === '' ? [invalidValue(at, '', 'the domain must not be empty')] : csiDriverName(first, at)),
    ...(second === '' ? [invalidValue(at, '', 'the name must not be empty')] : validateIdentifier(second, at)),
  ]
}

export function validateFullyQualifiedName(name: string, at: FieldPath): FieldError[] {
  const errors = validateQualifiedName(name, at)
  return name.includes('/') ? errors : [...errors, invalidValue(at, name, 'a fully qualified name must be a domain and a name separated by a slash')]
}

function validateIdentifier(id: string, at: FieldPath): FieldError[] {
  return [...(Buffer.byteLength(id) > identifierMaxLength ? [tooLong(at, identifierMaxLength)] : []), ...complaints(at, id, isCIdentifier(id))]
}

type Check<T> = (item: T, at: FieldPath) => FieldError[]

/** What is too long is not looked at any further. */
export function validateSlice<T>(items: readonly T[] | undefined, max: number, check: Check<T>, at: FieldPath): FieldError[] {
  const given = items ?? []
  if (given.length > max) return [tooMany(at, given.length, max)]
  return given.flatMap((item, position) => check(item, at.index(position)))
}

export function validateSet<T>(
  items: readonly T[] | undefined,
  max: number,
  check: Check<T>,
  keyOf: (item: T) => unknown,
  at: FieldPath,
  shown = keyOf,
): FieldError[] {
  const given = items ?? []
  const errors = validateSlice(given, max, check, at)
  if (given.length > max) return errors
  const seen = new Set<string>()
  for (const [position, item] of given.entries()) {
    const key = JSON.stringify(keyOf(item))
    if (seen.has(key)) errors.push(duplicate(at.index(position), shown(item)))
    seen.add(key)
  }
  return errors
}

/** Keys are told at the map, values at their key. */
export function validateMap<T>(
  map: Readonly<Record<string, T>> | undefined,
  max: number,
  checks: { readonly key: Check<string>; readonly value?: Check<T> },
  at: FieldPath,
): FieldError[] {
  const entries = Object.entries(map ?? {})
  if (entries.length > max) return [tooMany(at, entries.length, max)]
  return entries.flatMap(([key, value]) => [...checks.key(key, at), ...(checks.value?.(value, at.key(key)) ?? [])])
}
