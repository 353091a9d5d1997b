/**
 * `Object{spec: Object.spec{replicas: 1}}` and `JSONPatch{op: "add"}`: CEL's way to build objects of a type. The library
 * has no message types; a map with the same fields says the same, if its values may be of any type.
 */
const opening = /^(Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*\{/
/** Under this key the map says which constructor made it. */
const typeKey = '@type'

/**
 * What constructors made, without their names, and where a name is not that of its place: the path of fields from the root.
 * Lists and maps on the way have no names (upstream's CheckTypeNamesMatchFieldPathNames).
 */
export function takeTypeNames(value: unknown, path?: readonly string[]): { readonly plain: unknown; readonly errors: readonly string[] } {
  const errors: string[] = []
  const within = (each: unknown, inner: readonly string[] | undefined): unknown => {
    const found = takeTypeNames(each, inner)
    errors.push(...found.errors)
    return found.plain
  }
  if (Array.isArray(value)) return { plain: value.map((each) => within(each, path)), errors }
  if (typeof value !== 'object' || value === null) return { plain: value, errors }
  const { [typeKey]: name, ...fields } = value as Record<string, unknown>
  const isBuilt = typeof name === 'string'
  const here = isBuilt ? (path ?? [name]) : path
  if (isBuilt && here!.join('.') !== name)
    errors.push(
      `unexpected type name ${JSON.stringify(name)}, expected ${JSON.stringify(here!.join('.'))}, which matches field name path from root Object type`,
    )
  const plain = Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, within(each, isBuilt ? [...here!, key] : here)]))
  return { plain, errors }
}

/** The first constructor of the text; where there are none, its type is not known. */
export function firstConstructor(text: string): { readonly name: string; readonly at: number } | undefined {
  const { offsets, text: rewritten } = rewriteConstructors(text)
  if (rewritten === text) return undefined
  for (let at = 0; at < text.length; at++) {
    const built = offsets.includes(at) && !/[\w.]/.test(text[at - 1] ?? '') ? opening.exec(text.slice(at)) : null
    if (built) return { name: built[1]!, at: at + built[0].length - 1 }
  }
  return undefined
}

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
      const typed = built[1]!.startsWith('Object')
      const isEmpty = /^\s*\}/.test(rest.slice(built[0].length))
      put(typed ? `{${JSON.stringify(typeKey)}:dyn(${JSON.stringify(built[1])})${isEmpty ? '' : ','}` : '{', at, false)
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
