/** What is wrong with a YAML text, in the words and with the lines of go-yaml, which upstream's users know and search for. */
import type { YAMLParseError } from 'yaml'

/** Told by go-yaml's scanner with the line as people count, or by its parser with the line before; none on the first. */
type Teller = 'scanner' | 'parser'

const at = (teller: Teller, index: number, words: string): string => (index <= 0 ? words : `line ${teller === 'scanner' ? index + 1 : index}: ${words}`)

/** "line 2: did not find expected key", as it stands after "yaml: ". */
export function goYamlWords({ code, message, pos }: Pick<YAMLParseError, 'code' | 'message' | 'pos'>, text: string): string {
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length - 1
  const here = lineOf(pos[0])
  const before = text.slice(0, pos[0]).trimEnd().at(-1) ?? ''
  if (message.startsWith('Flow sequence')) return flowEnd(text, '[', "did not find expected ',' or ']'", here)
  if (message.startsWith('Flow map')) return flowEnd(text, '{', "did not find expected ',' or '}'", here)
  if (message.startsWith('Missing closing')) {
    const start = lineOf(text.lastIndexOf(message.includes('"') ? '"' : "'", pos[0] - 1))
    return at('scanner', start > 0 ? start : lineOf(text.length), 'found unexpected end of stream')
  }
  if (code === 'TAB_AS_INDENT' || code === 'BAD_SCALAR_START' || message.startsWith('Plain value cannot start'))
    return at('scanner', here, 'found character that cannot start any token')
  if (code === 'BAD_DQ_ESCAPE') return at('scanner', here, 'found unknown escape character')
  if (message.startsWith('Block scalar header')) return at('scanner', here, 'did not find expected comment or line break')
  if (message.includes('block-seq-ind on same line')) return at('scanner', here, 'block sequence entries are not allowed in this context')
  if (message.startsWith('Verbatim tags')) return at('scanner', here, "did not find the expected '>'")
  if (code === 'MULTILINE_IMPLICIT_KEY' || code === 'BLOCK_AS_IMPLICIT_KEY') {
    const colon = text.slice(pos[0]).search(/:(?=\s|$)/)
    if (/^- /.test(text.slice(pos[0]).trimStart())) return at('parser', mappingStart(text, here) || here, 'did not find expected key')
    return at('scanner', colon < 0 ? here : lineOf(pos[0] + colon), 'mapping values are not allowed in this context')
  }
  if (message.startsWith('All mapping items must') || message.startsWith('All sequence items must')) {
    const words = message.startsWith('All mapping') ? 'did not find expected key' : "did not find expected '-' indicator"
    return at('parser', mappingStart(text, here) || here, words)
  }
  if (message.startsWith('Implicit map keys need')) return at('scanner', here + 1, "could not find expected ':'")
  if (message.startsWith('Unexpected flow-')) {
    const words = [':', '-', ',', '[', '{', ''].includes(before) ? 'did not find expected node content' : 'did not find expected key'
    return at('parser', here, words)
  }
  if (message.startsWith('Unexpected scalar at node end')) return at('parser', here, "did not find expected '-' indicator")
  if (message.startsWith('Unresolved alias')) return `unknown anchor '${message.slice(message.lastIndexOf(': ') + 2)}' referenced`
  if (message.startsWith('Maximum call stack')) return 'exceeded max depth of 10000'
  return at('scanner', here, message.charAt(0).toLowerCase() + message.slice(1))
}

/** What go-yaml has against a %YAML directive at the head of a text; undefined where it has nothing. */
export function directiveProblem(text: string): string | undefined {
  const head = /^((?:[ \t]*(?:#.*)?\n)*)%YAML[ \t]+(\d+)\.(\d+)/.exec(text)
  if (!head) return undefined
  const line = head[1]!.split('\n').length - 1
  if (head[2] !== '1' || head[3] !== '1') return at('parser', line, 'found incompatible YAML document')
  return /^---/m.test(text) ? undefined : at('parser', text.split('\n').length - 1, 'did not find expected <document start>')
}

/** go-yaml knows no entry that begins with its colon. */
export function emptyKeyWords(text: string, offset: number, inFlow: boolean): string {
  const line = text.slice(0, offset).split('\n').length - 1
  return at('parser', line, inFlow ? 'did not find expected node content' : 'did not find expected key')
}

/** Nothing after the last bracket or comma: content is missing; else it is the end. */
function flowEnd(text: string, open: string, words: string, here: number): string {
  const rest = text.trimEnd()
  if (rest.endsWith(open) || rest.endsWith(','))
    return at('parser', (text.endsWith('\n') ? text : `${text}\n`).split('\n').length - 1, 'did not find expected node content')
  const start = text.slice(0, text.lastIndexOf(open)).split('\n').length - 1
  return at('parser', start > 0 ? start : here, words)
}

/** The line on which the mapping begins that the line at `index` falls back into. */
function mappingStart(text: string, index: number): number {
  const lines = text.split('\n')
  const indentOf = (line: string): number => (/^\s*(#|$)/.test(line) ? -1 : /^[ ]*(?:- +)*/.exec(line)![0].length)
  const wanted = indentOf(lines[index] ?? '')
  let indent = -1
  let start = index
  for (let line = index - 1; line >= 0; line--) {
    const own = indentOf(lines[line]!)
    if (own < 0) continue
    if (indent < 0) {
      if (own < wanted) {
        indent = own
        start = line
      }
    } else if (own < indent) break
    else if (own === indent) start = line
  }
  return start
}

/** Characters that go-yaml does not read at all. */
export function hasControlCharacters(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code < 0x20 && code !== 9 && code !== 10 && code !== 13) || (code >= 0x7f && code < 0xa0 && code !== 0x85) || code === 0xfffe || code === 0xffff)
      return true
  }
  return false
}
