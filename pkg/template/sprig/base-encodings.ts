/** Base64 and base32 with Go's strictness: what cannot be decoded gives the text of the error. */
import { bytesToText, textToBytes } from '../print/quote.ts'

/** Where base64.StdEncoding finds the first fault, or -1; line breaks are passed over, and counted. */
export function base64Fault(text: string): number {
  const fault = plainFault(text, text.replaceAll(/[\r\n]/g, ''))
  return fault < 0 || fault >= text.length ? fault : ([...text.matchAll(/[^\r\n]/g)][fault]?.index ?? text.length)
}

function plainFault(text: string, data: string): number {
  const match = /^[A-Za-z0-9+/]*/.exec(data)![0]
  const rest = data.slice(match.length)
  const missing = match.length % 4
  if (rest === '' && missing === 0) return -1
  if (missing === 2 && rest === '==') return -1
  if (missing === 3 && rest === '=') return -1
  if (rest === '') return match.length - missing
  if (rest.startsWith('=') && missing >= 2) {
    if (missing === 2 && rest[1] !== '=') return rest.length === 1 ? text.length : match.length + 1
    return match.length + (missing === 2 ? 2 : 1)
  }
  return match.length
}

export function decodeBase64(text: string): string {
  const fault = base64Fault(text)
  return fault >= 0 ? `illegal base64 data at input byte ${fault}` : bytesToText(Buffer.from(text, 'base64'))
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function encodeBase32(text: string): string {
  let bits = 0
  let count = 0
  let out = ''
  for (const byte of textToBytes(text)) {
    bits = ((bits << 8) | byte) & 0xffff
    count += 8
    while (count >= 5) {
      out += alphabet[(bits >> (count - 5)) & 31]
      count -= 5
    }
  }
  if (count > 0) out += alphabet[(bits << (5 - count)) & 31]
  return out.padEnd(Math.ceil(out.length / 8) * 8, '=')
}

export function decodeBase32(given: string): string {
  const text = given.replaceAll(/[\r\n]/g, '')
  const data = text.replace(/=+$/, '')
  const padding = text.length - data.length
  const bad = [...data].findIndex((c) => !alphabet.includes(c))
  if (bad >= 0) return `illegal base32 data at input byte ${bad}`
  if (text.length % 8 !== 0 || ![0, 1, 3, 4, 6].includes(padding)) return `illegal base32 data at input byte ${data.length}`
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const c of data) {
    bits = ((bits << 5) | alphabet.indexOf(c)) & 0xfff
    count += 5
    if (count >= 8) {
      bytes.push((bits >> (count - 8)) & 0xff)
      count -= 8
    }
  }
  return bytesToText(Buffer.from(bytes))
}
