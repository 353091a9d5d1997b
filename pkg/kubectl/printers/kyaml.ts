/** KYAML: YAML in flow style, strings always quoted. */
import { isPlainString } from '#template/yaml/resolve.ts'
import { compareKeys } from '#template/yaml/key-order.ts'

export function toKyaml(value: unknown): string {
  return `---\n${node(value, 0)}\n`
}

function node(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value ?? 'null')
  const margin = '  '.repeat(depth)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    if (value.every((each) => typeof each === 'object' && each !== null)) return `[${value.map((each) => node(each, depth)).join(', ')}]`
    return `[\n${value.map((each) => `${margin}  ${node(each, depth + 1)},\n`).join('')}${margin}]`
  }
  const keys = Object.keys(value).filter((key) => (value as any)[key] !== undefined)
  if (keys.length === 0) return '{}'
  const lines = keys.sort(compareKeys).map((key) => `${margin}  ${keyText(key)}: ${node((value as any)[key], depth + 1)},\n`)
  return `{\n${lines.join('')}${margin}}`
}

function keyText(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) && isPlainString(key) ? key : JSON.stringify(key)
}
