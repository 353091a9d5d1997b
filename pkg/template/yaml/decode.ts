/** YAML into the values that templates see: numbers are float64, as sigs.k8s.io/yaml's way through JSON makes them. */
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import type { Value } from '../types.ts'
import { dictionary } from '../values.ts'

/** Plain data with maps that have no prototype. */
export function plainData(value: unknown): Value {
  if (Array.isArray(value)) return value.map(plainData)
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value ?? null
  return dictionary(Object.entries(value).map(([key, each]) => [key, plainData(each)] as const))
}

/** The first document. Throws with the message of the reader. */
export const decodeYaml = (text: string): Value => plainData(parseYaml(text).value)
