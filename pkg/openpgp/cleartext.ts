/** The cleartext signature framework (RFC 9580 §7): a text that people can read, with its signature behind it. */
import { hashHeaders } from './algorithms.ts'
import { decodeArmor, encodeArmor } from './armor.ts'

export interface Cleartext {
  readonly text: string
  /** The octets that are signed: lines without blanks at their ends, and CRLF between them. */
  readonly signed: Buffer
  readonly signature: Buffer
}

const begin = '-----BEGIN PGP SIGNED MESSAGE-----'
const beginSignature = '-----BEGIN PGP SIGNATURE-----'

const trimmed = (line: string): string => line.replace(/[ \t]+$/, '')
const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** No header but Hash is allowed: another could mislead whoever reads the text. */
function isHeader(line: string): boolean {
  if (!/^[ -~]+$/.test(line)) return false
  const at = line.indexOf(':')
  if (at < 0 || line.slice(0, at).trim() !== 'Hash') return false
  return line
    .slice(at + 1)
    .split(',')
    .every((hash) => hashHeaders.includes(hash.trim().toUpperCase()))
}

/** Undefined when there is no such message in it. */
export function decodeCleartext(bytes: Buffer): Cleartext | undefined {
  const lines = bytes.toString('latin1').split('\n').map(withoutReturn)
  let at = lines.indexOf(begin)
  if (at < 0) return undefined
  for (at++; at < lines.length && lines[at]!.trim() !== ''; at++) if (!isHeader(lines[at]!)) return undefined
  const end = lines.indexOf(beginSignature, at)
  if (end < 0) return undefined
  const own = lines.slice(at + 1, end).map((line) => trimmed(line.startsWith('- ') ? line.slice(2) : line))
  const signature = decodeArmor('PGP SIGNATURE', lines.slice(end).join('\n'))
  if (!signature) return undefined
  return { text: Buffer.from(own.join('\n'), 'latin1').toString('utf8'), signed: Buffer.from(own.join('\r\n'), 'latin1'), signature }
}

/** What is to be signed of a text. */
export const signedOctets = (text: string): Buffer =>
  Buffer.from(
    text
      .split('\n')
      .map((line) => line.replace(/[ \t\r]+$/, ''))
      .join('\r\n'),
  )

export function encodeCleartext(text: string, hash: string, signature: Buffer): string {
  const lines = text.split('\n').map((line) => (line.startsWith('-') ? '- ' : '') + line.replace(/[ \t\r]+$/, ''))
  return `${begin}\nHash: ${hash}\n\n${lines.join('\n')}\n${encodeArmor('PGP SIGNATURE', signature)}`
}
