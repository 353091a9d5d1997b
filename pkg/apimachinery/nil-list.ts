/**
 * Lists that were not given at all, where Go holds nil and every reader here is spared a check by an empty one. Only what shows a value has
 * to know: Go shows null.
 */
const nilLists = new WeakSet<object>()

export function nilList(): unknown[] {
  const list: unknown[] = []
  nilLists.add(list)
  return list
}

export function isNilList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0 && nilLists.has(value)
}
