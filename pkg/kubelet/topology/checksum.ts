/**
 * Upstream's checksum of a checkpoint: FNV-1a of 32 bits over the state as Go's spew dumps it for hashes (pkg/kubelet/checkpointmanager/checksum,
 * apimachinery's dump.ForHash): types by their Go names, fields in their order, maps by sorted keys. So each kubelet reads the other's files.
 */
export function checksumOf(dump: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(dump)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** Of values whose type is told by the map's own: `map[a:1 b:2]`. Keys of numbers are sorted as such. */
export function dumpMap<Value>(of: Readonly<Record<string, Value>>, dump: (value: Value) => string, keys: 'text' | 'number' = 'text'): string {
  const sorted = Object.keys(of).sort(keys === 'number' ? (a, b) => Number(a) - Number(b) : undefined)
  return `map[${sorted.map((key) => `${key}:${dump(of[key]!)}`).join(' ')}]`
}

export const dumpList = <Value>(of: readonly Value[], dump: (value: Value) => string = String): string => `[${of.map(dump).join(' ')}]`
