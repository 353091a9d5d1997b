/** What constraints, configurations and results may name: the requests of a claim, and the alternatives of one. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import type { DeviceClaim } from '#api/gen/resource/v1.ts'
import { validateLabelName } from './names.ts'

export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>

const mustBeRequest = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

export function requestNamesOf({ requests }: DeviceClaim): RequestNames {
  return new Map((requests ?? []).map(({ name, firstAvailable }) => [name, new Set((firstAvailable ?? []).map((each) => each.name))]))
}

export function validateRequestReference(name: string, names: RequestNames, at: FieldPath): FieldError[] {
  const [request = '', alternative, ...more] = name.split('/')
  if (more.length > 0) return [invalidValue(at, name, mustBeRequest)]
  const segments = alternative === undefined ? [request] : [request, alternative]
  const known = alternative === undefined ? names.has(request) : names.get(request)?.has(alternative)
  return [...segments.flatMap((segment) => validateLabelName(segment, at)), ...(known ? [] : [invalidValue(at, name, mustBeRequest)])]
}
