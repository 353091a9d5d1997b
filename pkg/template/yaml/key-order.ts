/** The order of keys that Go's YAML libraries write: letters after what is no letter, digits by their number. */

const letter = /\p{L}/u
const digit = /[0-9]/

function numberAt(points: readonly string[], at: number, start: bigint): { end: number; value: bigint } {
  let value = start
  let end = at
  for (; end < points.length && digit.test(points[end]!); end++) value = value * 10n + BigInt(points[end]!)
  return { end, value }
}

export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = [[...a], [...b]]
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [l, r] = [left[at]!, right[at]!]
    if (l === r) continue
    const [leftLetter, rightLetter] = [letter.test(l), letter.test(r)]
    if (leftLetter && rightLetter) return l.codePointAt(0)! - r.codePointAt(0)!
    if (leftLetter || rightLetter) return rightLetter ? -1 : 1
    let start = 0n
    if (l === '0' || r === '0') {
      for (let before = at - 1; before >= 0 && digit.test(left[before]!); before--) {
        if (left[before] !== '0') {
          start = 1n
          break
        }
      }
    }
    const [leftNumber, rightNumber] = [numberAt(left, at, start), numberAt(right, at, start)]
    if (leftNumber.value !== rightNumber.value) return leftNumber.value < rightNumber.value ? -1 : 1
    if (leftNumber.end !== rightNumber.end) return leftNumber.end - rightNumber.end
    return l.codePointAt(0)! - r.codePointAt(0)!
  }
  return left.length - right.length
}
