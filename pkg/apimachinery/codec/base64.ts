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
  throw new DecodeError(`illegal base64 data at input byte ${firstBad(text)}`)
}

/** Where Go's decoder stops, which reads four characters at a time and passes over line breaks. */
function firstBad(text: string): number {
  const isBreak = (at: number): boolean => text[at] === '\n' || text[at] === '\r'
  const skipBreaks = (at: number): number => {
    while (at < text.length && isBreak(at)) at++
    return at
  }
  let at = 0
  for (;;) {
    for (let place = 0; place < 4; place++) {
      at = skipBreaks(at)
      if (at >= text.length) return at - place
      const letter = text[at++]!
      if (/[A-Za-z0-9+/]/.test(letter)) continue
      if (letter !== '=' || place < 2) return at - 1
      if (place === 2) {
        at = skipBreaks(at)
        if (at >= text.length) return text.length
        if (text[at] !== '=') return at - 1
        at++
      }
      return skipBreaks(at)
    }
  }
}
