/**
 * Which lists and maps a client gave empty. Objects leave them out, as their written form does; but to Go an empty list is not none until it
 * is written, and some defaults are only for none.
 */
const given = new WeakMap<object, Set<string>>()

export function noteGivenEmpty(object: object, field: string): void {
  const fields = given.get(object)
  if (fields) fields.add(field)
  else given.set(object, new Set([field]))
}

/** Of an object as it was decoded: a copy does not know any more. */
export function wasGivenEmpty(object: object, field: string): boolean {
  return given.get(object)?.has(field) ?? false
}
