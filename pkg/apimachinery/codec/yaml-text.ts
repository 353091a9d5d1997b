/** YAML text as sigs.k8s.io/yaml reads it: YAML 1.1 words (`yes`, `on`), dates kept as strings, keys as strings. */
import { isMap, isScalar, LineCounter, type Document, type ParsedNode, parseAllDocuments, visit, type Tags, type ScalarTag } from 'yaml'
import { MAX_STRICT_ERRORS, TextError } from './errors.ts'
import { type ParsedText, parseJson } from './json-text.ts'
import { checkAliases } from './yaml-aliases.ts'
import { directiveProblem, emptyKeyWords, goYamlWords, hasControlCharacters } from './yaml-errors.ts'
import { yamlSyntax } from './yaml-syntax.ts'
import { NumberText } from '../number-text.ts'
import { exactInteger, mayHoldLong, readJson } from './exact-json.ts'
import { isObject, setKey } from '../json-value.ts'

/** YAML 1.1 tags that Go's reader does not know, or reads as plain strings. */
const foreign: ReadonlySet<string> = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:set', 'tag:yaml.org,2002:omap', 'tag:yaml.org,2002:pairs'])

function withoutForeign(tags: Tags): Tags {
  return tags
    .filter((tag) => typeof tag === 'string' || (!foreign.has(tag.tag) && tag.format !== 'TIME'))
    .map(withoutLoneDots)
    .map(withNewOctals)
    .map(withEndlessAsText)
}

/** The YAML library takes a lone dot, as in `command: [ls, .]`, for a number; Go does not. */
function withoutLoneDots(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:float' || !('test' in tag) || !tag.test?.test('.')) return tag
  return { ...tag, test: new RegExp(tag.test.source.replace('^', '^(?![-+]?[._]+$)'), tag.test.flags) }
}

/** `0o17`, which is YAML 1.2's, is a number to Go beside `017`. */
function withNewOctals(tag: Tags[number]): Tags[number] {
  if (!isScalarTag(tag) || tag.format !== 'OCT') return tag
  return { ...tag, test: /^[-+]?0o?[0-7_]+$/, resolve: (text: string, ...more: Resolving) => tag.resolve(text.replace('0o', '0'), ...more) } as ScalarTag
}

/** What no float64 holds is a text to Go. */
function withEndlessAsText(tag: Tags[number]): Tags[number] {
  if (!isScalarTag(tag) || tag.tag !== 'tag:yaml.org,2002:float' || tag.test?.test('.inf')) return tag
  return {
    ...tag,
    resolve: (text: string, ...more: Resolving) => {
      const value = tag.resolve(text, ...more)
      return Number.isFinite(typeof value === 'number' ? value : Number((value as { value?: unknown }).value)) ? value : text
    },
  } as ScalarTag
}

type Resolving = [onError: (message: string) => void, options: never]

function isScalarTag(tag: Tags[number]): tag is ScalarTag {
  return typeof tag !== 'string' && tag.collection === undefined
}

/** Which words are booleans: those of YAML 1.1 (`yes`, `on`, `y`), or `true` and `false` alone, as go-yaml v3 has it for untyped values. */
export type BooleanWords = 'yaml-1.1' | 'true-false'

function withPlainBooleans(tags: Tags): Tags {
  return withoutForeign(tags).map((tag) => {
    if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:bool' || !('test' in tag) || tag.test === undefined) return tag
    return { ...tag, test: tag.test.test('true') ? /^(?:[Tt]rue|TRUE)$/ : /^(?:[Ff]alse|FALSE)$/ }
  })
}

function documents(
  text: string,
  { words = 'yaml-1.1', exact = false }: { readonly words?: BooleanWords; readonly exact?: boolean } = {},
): { documents: Document.Parsed<ParsedNode>[]; lines: LineCounter } {
  if (hasControlCharacters(text)) throw new TextError('error converting YAML to JSON: yaml: control characters are not allowed')
  const directive = directiveProblem(text)
  if (directive !== undefined) throw new TextError(`error converting YAML to JSON: yaml: ${directive}`)
  const options = {
    version: '1.1',
    uniqueKeys: false,
    customTags: words === 'yaml-1.1' ? withoutForeign : withPlainBooleans,
    intAsBigInt: exact,
    prettyErrors: false,
    logLevel: 'error',
  } as const
  const parse = (part: string): ReturnType<typeof documents> => {
    const lines = new LineCounter()
    const parsed = parseAllDocuments(part, { ...options, lineCounter: lines })
    return { documents: Array.isArray(parsed) ? parsed : [], lines }
  }
  const parsed = parse(text)
  const isRefused = (parsed.documents[0]?.errors.length ?? 0) > 0
  // Where a tab may stand the two do not agree, either.
  if (!isRefused && !text.includes('\t')) return parsed
  const syntax = yamlSyntax(text)
  if ('words' in syntax) throw new TextError(`error converting YAML to JSON: yaml: ${syntax.words}`)
  // What follows on the only document is not read.
  return isRefused && parsed.documents.length === 1 && syntax.end < text.length ? parse(text.slice(0, syntax.end)) : parsed
}

function toValue(document: Document.Parsed<ParsedNode>, text: string): unknown {
  const refuse = (words: string, cause: unknown): TextError => new TextError(`error converting YAML to JSON: yaml: ${words}`, { cause })
  const [error] = document.errors
  if (error) throw refuse(goYamlWords(error, text), error)
  const empty = /(?:^|[\s{,[])-?\s*:(?=\s|$)/m.test(text) ? emptyKey(document, text) : undefined
  if (empty !== undefined) throw refuse(empty, undefined)
  try {
    checkAliases(document)
    return document.toJS({ maxAliasCount: -1 })
  } catch (cause) {
    const { message } = cause as Error
    if (message.startsWith('Merge sources')) throw refuse('map merge requires map or sequence of maps as the value', cause)
    throw refuse(cause instanceof RangeError ? 'exceeded max depth of 10000' : message, cause)
  }
}

/** The words for the first entry that has a colon and nothing before it. */
function emptyKey(document: Document.Parsed<ParsedNode>, text: string): string | undefined {
  let found: string | undefined
  visit(document, {
    Map: (_, node) => {
      for (const { key } of node.items) {
        if (!isScalar(key) || key.value !== null || !key.range || key.range[0] !== key.range[1]) continue
        // "? " alone stands for an empty key, too, and that one may be.
        if (text.slice(0, key.range[0]).trimEnd().endsWith('?')) continue
        found = emptyKeyWords(text, key.range[0], node.flow === true)
        return visit.BREAK
      }
      return undefined
    },
  })
  return found
}

/** The first document (`exact`: with integers as `readJson` reads them); a JSON text is YAML too, and is read as JSON, which is much faster. */
export function parseYaml(text: string, { exact = false, asWritten = false }: { readonly exact?: boolean; readonly asWritten?: boolean } = {}): ParsedText {
  const isPlainJson = /^\s*\{/.test(text) && !(asWritten && mayHoldLong(text)) && !endlessExponent.test(text)
  const json = isPlainJson ? asJson(text, exact ? readJson : JSON.parse) : undefined
  if (json !== undefined) return json
  const isExact = exact && mayHoldLong(text)
  const { documents: all, lines } = documents(text, { exact: isExact })
  const [first] = all
  if (first === undefined) return { value: null, duplicates: [] }
  const value = toValue(first, text)
  if (nameOfNoNumber.test(text)) refuseNoNumbers(value)
  return { value: isExact ? withNumbers(value, asWritten) : value, duplicates: duplicatesOf(first, lines) }
}

/** Where every integer is a bigint, those that a float holds become numbers. `asWritten`: those that a uint64 holds, and no int64, keep their digits. */
function withNumbers(value: unknown, asWritten: boolean): unknown {
  if (typeof value === 'bigint') {
    const isLong = asWritten && BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) === value
    return isLong ? new NumberText(String(value)) : exactInteger(value)
  }
  if (Array.isArray(value)) return value.map((each) => withNumbers(each, asWritten))
  if (!isObject(value)) return value
  for (const key of Object.keys(value)) setKey(value, key, withNumbers(value[key], asWritten))
  return value
}

const endlessExponent = /\d[eE]\+?\d{3}/
const nameOfNoNumber = /\.(?:inf|nan)/i

/** YAML has numbers that JSON, which it is turned into, has not. */
function refuseNoNumbers(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
    throw new TextError(`error converting YAML to JSON: json: unsupported value: ${name}`)
  }
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(refuseNoNumbers)
}

function asJson(text: string, read?: (text: string) => unknown): ParsedText | undefined {
  try {
    const parsed = parseJson(text, read)
    // Duplicates are told by line here.
    return parsed.duplicates.length === 0 ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Every document of a manifest that is not empty. */
export function parseYamlDocuments(text: string, words: BooleanWords = 'yaml-1.1'): unknown[] {
  const json = /^\s*\{/.test(text) ? asJson(text) : undefined
  if (json !== undefined) return [json.value]
  const { documents: all } = documents(text, { words })
  return all.map((document) => toValue(document, text)).filter((value) => value !== null && value !== undefined)
}

function duplicatesOf(document: Document.Parsed<ParsedNode>, lines: LineCounter): string[] {
  const found: string[] = []
  visit(document, {
    Map: (_, node) => {
      if (!isMap(node)) return
      const seen = new Set<string>()
      for (const { key } of node.items) {
        if (!isScalar(key) || key.value === '<<') continue
        const name = String(key.value)
        if (seen.has(name) && found.length < MAX_STRICT_ERRORS) {
          found.push(`  line ${lines.linePos(key.range?.[0] ?? 0).line}: key ${JSON.stringify(name)} already set in map`)
        }
        seen.add(name)
      }
    },
  })
  return found.length === 0 ? [] : [`yaml: unmarshal errors:\n${found.join('\n')}`]
}
