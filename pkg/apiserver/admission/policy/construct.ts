/**
 * `Object{spec: Object.spec{replicas: 1}}` and `JSONPatch{op: "add"}`: CEL's way to build objects of a type. The library
 * has no message types; a map with the same fields says the same, if its values may be of any type.
 */
const opening = /^(?:Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*\{/

export interface Rewritten {
  readonly text: string
  /** For each character of the text, and its end, where it was before. */
  readonly offsets: readonly number[]
}

export function withoutConstructors(text: string): string {
  return rewriteConstructors(text).text
}

export function rewriteConstructors(text: string): Rewritten {
  let result = ''
  const offsets: number[] = []
  const put = (written: string, from: number, moves: boolean): void => {
    for (let index = 0; index < written.length; index++) offsets.push(moves ? from + index : from)
    result += written
  }
  /** For each bracket that is open: whether it holds fields of an object under construction. */
  const open: boolean[] = []
  /** How many brackets were open where a value began that is written as dyn(…). */
  const values: number[] = []
  let atField = false
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const string = /^(?:[bB]|[rR])*("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/.exec(rest)
    if (string) {
      put(string[0], at, true)
      at += string[0].length
      atField = false
      continue
    }
    const built = /[\w.]/.test(text[at - 1] ?? '') ? null : opening.exec(rest)
    if (built) {
      put('{', at, false)
      open.push(true)
      atField = true
      at += built[0].length
      continue
    }
    const field = atField ? /^(\??)([A-Za-z_]\w*)\s*:\s*/.exec(rest) : null
    if (field) {
      const isOptional = field[1] === '?'
      put(`${field[1]}${JSON.stringify(field[2])}:${isOptional ? '' : 'dyn('}`, at, false)
      if (!isOptional) values.push(open.length)
      at += field[0].length
      atField = false
      continue
    }
    const character = text[at]!
    const ends = character === ',' || ')]}'.includes(character)
    if (ends && values.at(-1) === open.length) {
      values.pop()
      put(')', at, false)
    }
    if ('([{'.includes(character)) open.push(false)
    else if (')]}'.includes(character)) open.pop()
    if (character === ',') atField = open.at(-1) === true
    else if (/\S/.test(character)) atField = false
    put(character, at, true)
    at++
  }
  offsets.push(text.length)
  return { text: result, offsets }
}
