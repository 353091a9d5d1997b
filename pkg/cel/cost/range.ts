/** From the least to the most: of sizes and of costs. What does not fit uint64 upstream is without end here too. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** Where upstream's uint64 ends. */
export const endless = 2 ** 64
export const unknownSize: Range = { min: 0, max: endless }

const bound = (value: number): number => Math.min(value, endless)

export function fixed(value: number): Range {
  return { min: value, max: value }
}
export function add(...ranges: readonly Range[]): Range {
  return { min: bound(ranges.reduce((sum, { min }) => sum + min, 0)), max: bound(ranges.reduce((sum, { max }) => sum + max, 0)) }
}
export function multiply(a: Range, b: Range): Range {
  return { min: bound(a.min * b.min), max: bound(a.max * b.max) }
}
export function times({ min, max }: Range, factor: number): Range {
  return { min: bound(Math.ceil(min * factor)), max: bound(Math.ceil(max * factor)) }
}
export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}
