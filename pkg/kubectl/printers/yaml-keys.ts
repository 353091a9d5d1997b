/** go-yaml's order of keys: letters after all else, runs of digits by their number. */
const letter = /\p{L}/u
const digit = /\p{Nd}/u

export function compareKeys(left: string, right: string): number {
  return less(left, right) ? -1 : left === right ? 0 : 1
}

function less(left: string, right: string): boolean {
  const a = [...left]
  const b = [...right]
  for (let at = 0; at < a.length && at < b.length; at++) {
    const x = a[at]!
    const y = b[at]!
    if (x === y) continue
    const xLetter = letter.test(x)
    const yLetter = letter.test(y)
    if (xLetter && yLetter) return x < y
    if (xLetter || yLetter) return yLetter
    return lessNumber(a, b, at)
  }
  return a.length < b.length
}

function lessNumber(a: readonly string[], b: readonly string[], at: number): boolean {
  let lead = 0n
  if (a[at] === '0' || b[at] === '0') {
    for (let before = at - 1; before >= 0 && digit.test(a[before]!); before--) {
      if (a[before] !== '0') {
        lead = 1n
        break
      }
    }
  }
  const [x, xEnd] = numberAt(a, at, lead)
  const [y, yEnd] = numberAt(b, at, lead)
  if (x !== y) return x < y
  if (xEnd !== yEnd) return xEnd < yEnd
  return a[at]! < b[at]!
}

function numberAt(text: readonly string[], from: number, lead: bigint): [bigint, number] {
  let value = lead
  let at = from
  for (; at < text.length && /[0-9]/.test(text[at]!); at++) value = value * 10n + BigInt(text[at]!)
  return [value, at]
}
