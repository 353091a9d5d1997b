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

const wideOffset = 0xcbf29ce484222325n
const widePrime = 0x100000001b3n

/** fnv.New64, as its eight bytes. */
export function fnv1Wide(content: string | Uint8Array): Buffer {
  let hash = wideOffset
  for (const byte of typeof content === 'string' ? Buffer.from(content) : content) hash = ((hash * widePrime) & 0xffffffffffffffffn) ^ BigInt(byte)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(hash)
  return bytes
}
