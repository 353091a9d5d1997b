/**
 * `Object{spec: Object.spec{replicas: 1}}` and `JSONPatch{op: "add"}`: CEL's way to build objects of a type. The library
 * has no message types; a map with the same fields says the same.
 */
const opening = /^(?:Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*\{/

export function withoutConstructors(text: string): string {
  let result = ''
  /** For each bracket that is open: whether it holds fields of an object under construction. */
  const open: boolean[] = []
  let atField = false
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const string = /^(?:[bB]|[rR])*("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/.exec(rest)
    if (string) {
      result += string[0]
      at += string[0].length
      atField = false
      continue
    }
    const built = /[\w.]/.test(text[at - 1] ?? '') ? null : opening.exec(rest)
    if (built) {
      result += '{'
      open.push(true)
      atField = true
      at += built[0].length
      continue
    }
    const field = atField ? /^(\??)([A-Za-z_]\w*)\s*:/.exec(rest) : null
    if (field) {
      result += `${field[1]}${JSON.stringify(field[2])}:`
      at += field[0].length
      atField = false
      continue
    }
    const character = text[at]!
    if ('([{'.includes(character)) open.push(false)
    else if (')]}'.includes(character)) open.pop()
    if (character === ',') atField = open.at(-1) === true
    else if (/\S/.test(character)) atField = false
    result += character
    at++
  }
  return result
}
