/** Whole numbers as Go's strconv reads them with base 0: "12", "0x1f", "0b101", "0o17", "017", "1_000". */

export interface IntegerShape {
  readonly unsigned?: boolean
  readonly bits?: 32 | 64
}

const shapes = [
  { prefix: '0x', digits: /^[0-9a-f]+$/ },
  { prefix: '0b', digits: /^[01]+$/ },
  { prefix: '0o', digits: /^[0-7]+$/ },
] as const

/** Takes the text of a number, gives its decimal digits; throws in strconv's words. */
export function goInteger(text: string, { unsigned = false, bits = 64 }: IntegerShape = {}): string {
  const refuse = (why: string): never => {
    throw new Error(`strconv.Parse${unsigned ? 'Uint' : 'Int'}: parsing ${JSON.stringify(text)}: ${why}`)
  }
  const [, sign = '', magnitude = ''] = /^([-+]?)(.*)$/s.exec(text)!
  const value = sign !== '' && unsigned ? undefined : magnitudeOf(magnitude.toLowerCase())
  if (value === undefined) return refuse('invalid syntax')
  const signed = sign === '-' ? -value : value
  const [least, most] = unsigned ? [0n, (1n << BigInt(bits)) - 1n] : [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
  return signed < least || signed > most ? refuse('value out of range') : String(signed)
}

function magnitudeOf(text: string): bigint | undefined {
  // An underscore stands between digits, or between the prefix and a digit.
  if (!/^[0-9a-z]+(_[0-9a-z]+)*$/.test(text)) return undefined
  const bare = text.replaceAll('_', '')
  const shape = shapes.find(({ prefix }) => bare.startsWith(prefix))
  if (shape) return shape.digits.test(bare.slice(2)) && !text.startsWith('0_') ? BigInt(bare) : undefined
  if (/^0[0-7]+$/.test(bare)) return BigInt(`0o${bare.slice(1)}`)
  return /^(0|[1-9][0-9]*)$/.test(bare) ? BigInt(bare) : undefined
}
