/** Go's strconv: quoting and unquoting, and strings that hold any bytes. */
import { isUtf8 } from 'node:buffer'

/**
 * Go's strings hold bytes. Here they are JavaScript strings; a byte that is not UTF-8 becomes one of the lone surrogates
 * U+DC80 to U+DCFF, so that nothing is lost on the way through a template.
 */
export function bytesToText(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const width = sequenceWidth(bytes, at)
    if (width === 0) text += String.fromCharCode(0xdc00 + bytes[at++]!)
    else {
      text += Buffer.from(bytes.subarray(at, at + width)).toString('utf8')
      at += width
    }
  }
  return text
}

function sequenceWidth(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  const width = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
  return width > 0 && at + width <= bytes.length && isUtf8(bytes.subarray(at, at + width)) ? width : 0
}

const escapedByte = /[\udc80-\udcff]/

/** True when the text stands for bytes that are not UTF-8. */
export const isBinary = (text: string): boolean => escapedByte.test(text) && !text.isWellFormed()

export function textToBytes(text: string): Buffer {
  if (!isBinary(text)) return Buffer.from(text, 'utf8')
  const parts: Buffer[] = []
  for (const c of text) {
    const code = c.codePointAt(0)!
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(c, 'utf8'))
  }
  return Buffer.concat(parts)
}

/** The length that Go's len gives. */
export const byteLength = (text: string): number => (isBinary(text) ? textToBytes(text).length : Buffer.byteLength(text))

const plain = /^[\x20-\x7e]*$/
const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const short: Readonly<Record<string, string>> = { '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' }

/** Go's strconv.Quote; with ascii, strconv.QuoteToASCII. */
export function quote(text: string, mark = '"', ascii = false): string {
  if (plain.test(text) && !text.includes(mark) && !text.includes('\\')) return mark + text + mark
  let out = mark
  for (const c of text) {
    const code = c.codePointAt(0)!
    if (c === mark || c === '\\') out += `\\${c}`
    else if (code >= 0x20 && code < 0x7f) out += c
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - 0xdc00).toString(16)}`
    else if (short[c]) out += short[c]
    else if (!ascii && code > 0x7f && printable.test(c)) out += c
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`
    else out += `\\U${code.toString(16).padStart(8, '0')}`
  }
  return out + mark
}

const unquoted: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' }

/** Go's strconv.Unquote. Gives undefined when the syntax is wrong. */
export function unquote(text: string): string | undefined {
  const mark = text[0]!
  const body = text.slice(1, -1)
  if (text.length < 2 || text.at(-1) !== mark) return undefined
  if (mark === '`') return body.replaceAll('\r', '')
  if (!body.includes('\\')) return body
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const c = String.fromCodePoint(body.codePointAt(at)!)
    if (c !== '\\') {
      parts.push(textToBytes(c))
      at += c.length
      continue
    }
    const code = body[at + 1] ?? ''
    const numeric = /^(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})/.exec(body.slice(at + 1, at + 10))
    if (unquoted[code] !== undefined || code === mark) {
      parts.push(Buffer.from(unquoted[code] ?? mark))
      at += 2
    } else if (numeric) {
      const value = /[xuU]/.test(code) ? Number.parseInt(numeric[0].slice(1), 16) : Number.parseInt(numeric[0], 8)
      if (code === 'x' || /[0-7]/.test(code)) {
        if (value > 255) return undefined
        parts.push(Buffer.from([value]))
      } else {
        if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return undefined
        parts.push(Buffer.from(String.fromCodePoint(value)))
      }
      at += 1 + numeric[0].length
    } else return undefined
  }
  return bytesToText(Buffer.concat(parts))
}
