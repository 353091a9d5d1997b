/** Writing a status only when it says something new. */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'

/** Equality in which zero values and absent ones are the same, as they are once the server has written them. */
export function sameStatus(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isZero(a) && isZero(b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, index) => sameStatus(each, b[index]))
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) if (!sameStatus((a as any)[key], (b as any)[key])) return false
  return true
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === 0 || value === '' || value === false) return true
  return typeof value === 'object' && Object.values(value).every(isZero)
}

/** Puts the status if it differs from what the object has; answers the object as it then is. */
export async function writeStatus<T extends KubeObject & { status?: any }>(
  client: Client,
  resource: ResourceRef<T>,
  object: T,
  status: T['status'],
): Promise<T> {
  if (sameStatus(object.status, status)) return object
  return client.update(resource, { ...object, status } as any, { subresource: 'status' })
}
