/** []byte in JSON: standard base64 with padding, as Go reads and writes it. */
import { DecodeError } from './errors.ts'

const CANONICAL_END = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)$/

/** Checks, and rewrites what Go would write differently (line breaks dropped, loose trailing bits cleared). */
export function canonicalBase64(text: string): string {
  const flat = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text
  if (flat === '') return ''
  if (flat.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(flat)) {
    return CANONICAL_END.test(flat.slice(-4)) ? flat : Buffer.from(flat, 'base64').toString('base64')
  }
  const firstBad = /[^A-Za-z0-9+/]/.exec(flat)?.index ?? flat.length - (flat.length % 4)
  throw new DecodeError(`illegal base64 data at input byte ${firstBad}`)
}
