/** How large values of Kubernetes' own types are, where that costs. */
import { Optional } from '@marcbachmann/cel-js'
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { Format } from './format.ts'
import { Cidr, Ip } from './ip.ts'

/** In bytes: of an address all, of a range as many as its prefix touches. */
export function valueSizeOf(value: object): number {
  if (value instanceof Ip) return value.family === 4 ? 4 : 16
  return value instanceof Cidr ? Math.ceil(value.bits / 8) : 1
}

/** Of our own classes, which are those of Kubernetes' libraries: upstream compares them at a fixed cost. */
export function isKubernetesValue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return !cels.some((each) => value instanceof each) && Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null
}

const cels = [Array, Map, Date, Uint8Array, Duration, UnsignedInt, Optional]

/** How long a pattern a format is taken for. */
export function regexSizeOf(format: unknown): number {
  return format instanceof Format ? format.regexSize : 128
}
