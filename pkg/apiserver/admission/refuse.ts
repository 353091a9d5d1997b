import { forbidden, type StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes } from '../types.ts'

/** As errors name it: what has no name yet by what its name will begin with. */
export function shownName({ name, object }: AdmissionAttributes): string {
  return name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown'
}

/** Forbidden about the object of the request; several reasons are listed as upstream lists them. */
export function refuse(attributes: AdmissionAttributes, ...reasons: string[]): StatusError {
  const { group, resourceGroup = group, resource } = attributes
  const unique = [...new Set(reasons)]
  const why = unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`
  return forbidden({ group: resourceGroup, resource }, shownName(attributes), why)
}
