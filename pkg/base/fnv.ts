/** The 32-bit hashes of Go's hash/fnv, by which Kubernetes names what belongs to a content. */
const offset = 0x811c9dc5
const prime = 0x01000193

/** fnv.New32a. */
export function fnv1a(content: string | Uint8Array): number {
  let hash = offset
  for (const byte of typeof content === 'string' ? Buffer.from(content) : content) hash = Math.imul(hash ^ byte, prime)
  return hash >>> 0
}

/** fnv.New32, which multiplies first. */
export function fnv1(content: string | Uint8Array): number {
  let hash = offset
  for (const byte of typeof content === 'string' ? Buffer.from(content) : content) hash = Math.imul(hash, prime) ^ byte
  return hash >>> 0
}
