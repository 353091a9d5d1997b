/** DNS messages as bytes: what the quick path needs without decoding them. */
import type { RawQuery } from './types.ts'

export const headerBytes = 12
export const rcode = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const

const optType = 41
const smallestUdp = 512
/** Larger answers over UDP would be cut into fragments, which get lost. */
const largestUdp = 1232

/** Reads a query; a number is the response code to refuse it with, undefined that it deserves no answer. */
export function readQuery(message: Buffer): RawQuery | number | undefined {
  if (message.length < headerBytes) return undefined
  const flags = message.readUInt16BE(2)
  if (flags & 0x8000) return undefined
  if ((flags >> 11) & 0xf) return rcode.notImp
  if (message.readUInt16BE(4) !== 1 || message.readUInt16BE(6) !== 0) return rcode.formErr
  const nameEnd = skipName(message, headerBytes)
  if (nameEnd < 0 || nameEnd + 4 > message.length || nameEnd - headerBytes > 255) return rcode.formErr
  const questionEnd = nameEnd + 4
  const opt = findOpt(message, questionEnd)
  if (opt === -2) return rcode.formErr
  const hasEdns = opt >= 0
  const udpLimit = hasEdns ? Math.min(Math.max(message.readUInt16BE(opt + 2), smallestUdp), largestUdp) : smallestUdp
  const dnssecOk = hasEdns && (message.readUInt8(opt + 6) & 0x80) !== 0
  // Recursion desired and checking disabled are part of what was asked.
  const asked = (flags & 0x0110) | (hasEdns ? 1 : 0) | (dnssecOk ? 2 : 0)
  const key = `${asked}:${message.toString('latin1', headerBytes, questionEnd).toLowerCase()}`
  return { id: message.readUInt16BE(0), questionEnd, key, udpLimit, hasEdns, dnssecOk, type: message.readUInt16BE(nameEnd) }
}

/** The end of an uncompressed or compressed name, -1 when it does not end within the message. */
export function skipName(message: Buffer, start: number): number {
  let offset = start
  for (;;) {
    const length = message[offset]
    if (length === undefined) return -1
    if (length === 0) return offset + 1
    if ((length & 0xc0) === 0xc0) return offset + 2 <= message.length ? offset + 2 : -1
    if (length & 0xc0) return -1
    offset += length + 1
  }
}

/** Offset of the OPT record's type, -1 when there is none, -2 when the records are broken. */
function findOpt(message: Buffer, start: number): number {
  const count = message.readUInt16BE(8) + message.readUInt16BE(10)
  let offset = start
  for (let index = 0; index < count; index++) {
    const name = skipName(message, offset)
    if (name < 0 || name + 10 > message.length) return -2
    if (message.readUInt16BE(name) === optType) return name
    offset = name + 10 + message.readUInt16BE(name + 8)
  }
  return -1
}

/** Where the TTLs stand in a response, and the least of them. */
export function timesToLive(message: Buffer): { offsets: number[]; least: number } | undefined {
  const offsets: number[] = []
  let least = Number.POSITIVE_INFINITY
  let offset = headerBytes
  for (let question = message.readUInt16BE(4); question > 0; question--) {
    const name = skipName(message, offset)
    if (name < 0) return undefined
    offset = name + 4
  }
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
  for (let index = 0; index < count; index++) {
    const name = skipName(message, offset)
    if (name < 0 || name + 10 > message.length) return undefined
    if (message.readUInt16BE(name) !== optType) {
      offsets.push(name + 4)
      least = Math.min(least, message.readUInt32BE(name + 4))
    }
    offset = name + 10 + message.readUInt16BE(name + 8)
  }
  return { offsets, least }
}

/** A stored response made to fit this query: its number and its way of writing the name. */
export function responseFor(stored: Buffer, query: Buffer, { questionEnd }: RawQuery): Buffer {
  const response = Buffer.from(stored)
  query.copy(response, 0, 0, 2)
  query.copy(response, headerBytes, headerBytes, questionEnd)
  return response
}

/** A response without records. */
export function bareResponse(query: Buffer, code: number, questionEnd = headerBytes): Buffer {
  const response = Buffer.alloc(questionEnd)
  query.copy(response, 0, 0, Math.min(questionEnd, query.length))
  response.writeUInt16BE(0x8080 | (query.readUInt16BE(2) & 0x7910) | code, 2)
  response.writeUInt16BE(questionEnd > headerBytes ? 1 : 0, 4)
  response.fill(0, 6, headerBytes)
  return response
}

interface RecordSpan {
  readonly nameStart: number
  readonly nameEnd: number
  readonly end: number
  readonly type: number
}

function recordsOf(message: Buffer, start: number): RecordSpan[] | undefined {
  const records: RecordSpan[] = []
  let offset = start
  for (let left = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10); left > 0; left--) {
    const nameEnd = skipName(message, offset)
    if (nameEnd < 0 || nameEnd + 10 > message.length) return undefined
    const end = nameEnd + 10 + message.readUInt16BE(nameEnd + 8)
    if (end > message.length) return undefined
    records.push({ nameStart: offset, nameEnd, end, type: message.readUInt16BE(nameEnd) })
    offset = end
  }
  return records
}

/** A, TXT, AAAA, SRV, OPT: nothing in them points to elsewhere in the message. */
const typesWithoutPointers: ReadonlySet<number> = new Set([1, 16, 28, 33, optType])

/**
 * The same answer for UDP: names that were asked for are written as pointers, and what does not fit then is left out with the truncation bit, as CoreDNS
 * does it, so that the asker comes back by TCP, and one that knows no TCP has some of the answers.
 */
export function fitted(response: Buffer, questionEnd: number, limit: number): Buffer {
  const records = recordsOf(response, questionEnd) ?? []
  const question = response
    .subarray(headerBytes, questionEnd - 4)
    .toString('latin1')
    .toLowerCase()
  const nameOf = ({ nameStart, nameEnd }: RecordSpan) => response.subarray(nameStart, nameEnd).toString('latin1').toLowerCase()
  // Elsewhere offsets would be wrong once something is shorter.
  const mayShorten = records.every((each) => typesWithoutPointers.has(each.type) && isSpeltOut(response, each))
  const pieceOf = (each: RecordSpan) =>
    mayShorten && nameOf(each) === question
      ? Buffer.concat([toQuestion, response.subarray(each.nameEnd, each.end)])
      : response.subarray(each.nameStart, each.end)
  const opt = records.find(({ type }) => type === optType)
  let room = limit - questionEnd - (opt ? opt.end - opt.nameStart : 0)
  const kept: Buffer[] = []
  for (const each of records) {
    if (each === opt) continue
    const piece = pieceOf(each)
    if (piece.length > room) break
    room -= piece.length
    kept.push(piece)
  }
  const short = Buffer.concat([response.subarray(0, questionEnd), ...kept, ...(opt ? [pieceOf(opt)] : [])])
  let left = kept.length
  for (const offset of [6, 8, 10]) {
    const isLast = offset === 10
    const count = Math.min(left, response.readUInt16BE(offset) - (isLast && opt ? 1 : 0))
    left -= count
    short.writeUInt16BE(count + (isLast && opt ? 1 : 0), offset)
  }
  if (kept.length < records.length - (opt ? 1 : 0) || records.length === 0) short.writeUInt16BE(short.readUInt16BE(2) | 0x0200, 2)
  return short
}

/** No pointer ends the name, which is two bytes of which the first begins with two ones. */
function isSpeltOut(message: Buffer, { nameStart, nameEnd }: RecordSpan): boolean {
  return message[nameEnd - 1] === 0 && (nameEnd - nameStart === 1 || (message[nameEnd - 2]! & 0xc0) !== 0xc0)
}

/** A pointer to the question's name. */
const toQuestion = Buffer.from([0xc0, headerBytes])
