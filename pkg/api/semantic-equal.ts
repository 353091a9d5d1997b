/** Equality as Kubernetes means it (apimachinery's equality.Semantic): an empty list, or nothing at all, is the same. */
export function semanticEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (isNothing(left) && isNothing(right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, position) => semanticEqual(item, right[position]))
  }
  const a = left as Record<string, unknown>
  const b = right as Record<string, unknown>
  for (const key of Object.keys(a)) if (!semanticEqual(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (!(key in a) && !isNothing(b[key])) return false
  return true
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}
