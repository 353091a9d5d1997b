/** Short stable names from contents: 32-bit FNV-1a over canonical JSON, spelt without vowels (upstream's SafeEncodeString). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** `collisionCount` gives another name when two contents once had the same. */
export function contentHash(content: unknown, collisionCount?: number): string {
  let hash = 0x811c9dc5
  const text = canonicalJson(content) + (collisionCount ? `#${collisionCount}` : '')
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return safeEncode(String(hash))
}

export function safeEncode(text: string): string {
  return [...text].map((each) => alphabet[each.charCodeAt(0) % alphabet.length]).join('')
}

/** JSON with sorted keys and nothing that is absent, so that equal contents are equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`
}
