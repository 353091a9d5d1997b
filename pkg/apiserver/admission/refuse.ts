import { forbidden, type StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes } from '../types.ts'

/** Forbidden about the object of the request; several reasons are listed as upstream lists them. */
export function refuse({ group, resourceGroup = group, resource, name, object }: AdmissionAttributes, ...reasons: string[]): StatusError {
  const unique = [...new Set(reasons)]
  const why = unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`
  return forbidden({ group: resourceGroup, resource }, name || object?.metadata?.name || object?.metadata?.generateName || '', why)
}
