/** ASCII armor (RFC 9580 §6). The checksum is written, for GnuPG 2.2 takes fault where there is none, and never looked at. */
const lineLength = 64

function checksum(bytes: Buffer): string {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x800000 ? 0x1864cfb : 0)
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64')
}

export function encodeArmor(kind: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return [`-----BEGIN ${kind}-----`, '', ...lines, `=${checksum(bytes)}`, `-----END ${kind}-----`].join('\n')
}

/** Undefined for what is no armor of that kind. */
export function decodeArmor(kind: string, text: string): Buffer | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const start = lines.indexOf(`-----BEGIN ${kind}-----`)
  if (start < 0) return undefined
  const end = lines.indexOf(`-----END ${kind}-----`, start)
  if (end < 0) return undefined
  const inside = lines.slice(start + 1, end)
  const blank = inside.indexOf('')
  const headers = blank < 0 ? [] : inside.slice(0, blank)
  if (!headers.every((line) => line.includes(':'))) return undefined
  const body = inside.slice(blank + 1)
  const content = body.filter((line) => !line.startsWith('=') || line.length > 5).join('')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(content)) return undefined
  return Buffer.from(content, 'base64')
}
