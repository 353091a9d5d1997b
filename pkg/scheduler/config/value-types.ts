/** Values of the wrong type, in the words of Go's JSON decoder; and what a value that is null means to it. */
import { durationMs } from '#apimachinery/go-duration.ts'
import { type Fields, type FieldType, goType, isLeaf, isList, type Leaf } from './fields.ts'

/** Fields of an embedded struct: errors name that too. */
const embedded: Readonly<Record<string, string>> = { enableProfiling: 'DebuggingConfiguration.', enableContentionProfiling: 'DebuggingConfiguration.' }

/** The first mistake, by the fields' names; whole numbers are bigints, so that none is too large to be told. */
export function typeMistake(value: object, table: Fields, at = ''): string | undefined {
  for (const [name, each] of Object.entries(value).sort()) {
    const known = Object.hasOwn(table, name) ? table[name]! : 'any'
    const mistake = mistakeIn(each, known, table, `${at}${embedded[name] ?? ''}${name}`)
    if (mistake !== undefined) return mistake
  }
  return undefined
}

function mistakeIn(value: unknown, known: FieldType, owner: Fields, path: string): string | undefined {
  if (value === null || known === 'any') return undefined
  const wrong = (type: string): string => `json: cannot unmarshal ${kindOf(value, type)} into Go struct field ${shortName(owner)}.${path} of type ${type}`
  if (isList(known)) {
    if (!Array.isArray(value)) return wrong(`[]${nameOf(known[0])}`)
    for (const each of value) {
      const mistake = mistakeIn(each, known[0], owner, path)
      if (mistake !== undefined) return mistake
    }
    return undefined
  }
  if (isLeaf(known)) return isOfType(value, known) ? mistakeInText(value, known) : wrong(nameOf(known))
  return isObject(value) ? typeMistake(value, known, `${path}.`) : wrong(known[goType])
}

function isOfType(value: unknown, type: Leaf): boolean {
  if (type === 'bool') return typeof value === 'boolean'
  if (type === 'string' || type === 'duration' || type === 'bytes') return typeof value === 'string'
  if (type === 'float32') return typeof value === 'number' || typeof value === 'bigint'
  if (type !== 'int32' && type !== 'int64') return isObject(value)
  if (typeof value === 'number') return Number.isInteger(value)
  return typeof value === 'bigint' && BigInt.asIntN(type === 'int32' ? 32 : 64, value) === value
}

function mistakeInText(value: unknown, type: Leaf): string | undefined {
  if (type === 'bytes') {
    const illegal = String(value).search(/[^A-Za-z0-9+/=]/)
    return illegal < 0 ? undefined : `illegal base64 data at input byte ${illegal}`
  }
  if (type !== 'duration') return undefined
  try {
    durationMs(String(value))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function nameOf(type: Leaf | Fields): string {
  if (!isLeaf(type)) return type[goType]
  return type === 'duration' || type === 'bytes' ? 'string' : type
}

function shortName(owner: Fields): string {
  return owner[goType].slice(owner[goType].indexOf('.') + 1)
}

/** Numbers are told where another number would have done. */
function kindOf(value: unknown, type: string): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return type.startsWith('int') ? `number ${value}` : 'number'
  return typeof value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Null is as if nothing had been said, and in a list an empty one of its kind. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (each === null ? {} : withoutNulls(each)))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])))
}
