/** Where two texts agree, by the longest runs of lines that they share: Ratcliff and Obershelp's way, as in Python's difflib. */

/** Lines `a[inA, inA + size)` are lines `b[inB, inB + size)`. */
export interface Block {
  readonly inA: number
  readonly inB: number
  readonly size: number
}

/** From so many lines on, lines that come often are not where a run begins. */
const fewLines = 200

/** In order, of both; none empty. */
export function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b)
  const blocks: Block[] = []
  const between = (fromA: number, toA: number, fromB: number, toB: number): void => {
    const { inA, inB, size } = longest(a, b, places, [fromA, toA], [fromB, toB])
    if (size === 0) return
    if (fromA < inA && fromB < inB) between(fromA, inA, fromB, inB)
    blocks.push({ inA, inB, size })
    if (inA + size < toA && inB + size < toB) between(inA + size, toA, inB + size, toB)
  }
  between(0, a.length, 0, b.length)
  return blocks
}

function placesOf(lines: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [position, line] of lines.entries()) {
    const at = places.get(line)
    if (at) at.push(position)
    else places.set(line, [position])
  }
  const often = Math.floor(lines.length / 100) + 1
  if (lines.length >= fewLines) for (const [line, at] of places) if (at.length > often) places.delete(line)
  return places
}

/** The first of the longest, lengthened at both ends by the lines that come often. */
function longest(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [fromA, toA]: readonly [number, number],
  [fromB, toB]: readonly [number, number],
): Block {
  let [inA, inB, size] = [fromA, fromB, 0]
  let lengths = new Map<number, number>()
  for (let i = fromA; i < toA; i++) {
    const next = new Map<number, number>()
    for (const j of places.get(a[i]!) ?? []) {
      if (j < fromB) continue
      if (j >= toB) break
      const length = (lengths.get(j - 1) ?? 0) + 1
      next.set(j, length)
      if (length > size) [inA, inB, size] = [i - length + 1, j - length + 1, length]
    }
    lengths = next
  }
  while (inA > fromA && inB > fromB && a[inA - 1] === b[inB - 1]) [inA, inB, size] = [inA - 1, inB - 1, size + 1]
  while (inA + size < toA && inB + size < toB && a[inA + size] === b[inB + size]) size++
  return { inA, inB, size }
}
