/**
 * JSON with integers as exact as Go's int64: one that no float64 holds is read as a bigint, and written with all of its digits.
 * Texts and values without any, which nearly all are, cost no more than JSON.parse and JSON.stringify.
 */

import { NumberText } from '../number-text.ts'

/** The fewest digits of an integer beyond 2^53. */
const longDigits = 16

/** JSON.parse, but for integers from 2^53 up to the largest int64; what is beyond is a float, as it is to Go. */
export function readJson(text: string): unknown {
  return mayHoldLong(text) ? JSON.parse(text, exactly as (key: string, value: unknown) => unknown) : JSON.parse(text)
}

/** A number that an integer's reader may refuse: with a fraction or an exponent, or long. In a text that only looks so this costs some time. */
const oddNumber = /[:[,\s]-?\d+[.eE]|\d{19}/

/** As `readJson`, but with `NumberText` for each number that is spelled as no int64 is. */
export function readAsWritten(text: string): unknown {
  return oddNumber.test(text) ? JSON.parse(text, asWritten as (key: string, value: unknown) => unknown) : readJson(text)
}

function asWritten(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined) return value
  if (!/^-?\d+$/.test(source)) return new NumberText(source)
  if (Number.isSafeInteger(value)) return value
  const exact = exactInteger(BigInt(source))
  return typeof exact === 'bigint' ? exact : new NumberText(source)
}

/** JSON.stringify of what `readJson` gives. */
export function writeJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch (error) {
    // Only for bigints, which it refuses; whatever else it refuses it refuses again.
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? rawJson(String(each)) : each), indent)
  }
}

const { rawJSON: rawJson } = JSON as typeof JSON & { rawJSON(text: string): unknown }

/** Whether so many digits stand in a row anywhere: one of them stands at a multiple of their number. */
export function mayHoldLong(text: string): boolean {
  for (let at = longDigits - 1; at < text.length; at += longDigits) {
    if (!isDigit(text.charCodeAt(at))) continue
    let [start, end] = [at, at + 1]
    while (end - start < longDigits && isDigit(text.charCodeAt(start - 1))) start--
    while (end - start < longDigits && isDigit(text.charCodeAt(end))) end++
    if (end - start >= longDigits) return true
  }
  return false
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function exactly(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined || !/^-?\d+$/.test(source)) return value
  return exactInteger(BigInt(source))
}

/** As it is held in memory: a number where that is exact, or where Go has a float. */
export function exactInteger(integer: bigint): number | bigint {
  const value = Number(integer)
  return Number.isSafeInteger(value) || BigInt.asIntN(64, integer) !== integer ? value : integer
}
