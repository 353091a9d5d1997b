/** Where we still part from kube-apiserver, or must: by list, each key with its reason beside it. */
const known: Readonly<Record<string, readonly string[]>> = {}

export function isKnown(list: string, key: string): boolean {
  return known[list]?.includes(key) ?? false
}
