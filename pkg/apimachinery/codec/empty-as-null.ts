/**
 * What becomes of empty lists and maps in the store. Kubernetes keeps its objects as protobuf, which has one form for an empty list and
 * for none; fields without omitempty therefore come back as null, whatever was sent.
 */
import type { StructSchema, TypeSchema } from '../schema/types.ts'

type Visit = (value: unknown) => void

/** Undefined where nothing in a type can be null so. */
const visits = new WeakMap<StructSchema, Visit | undefined>()

/** Sets the empty lists and maps of such fields to null, in place. */
export function emptyAsNull(schema: StructSchema, object: object): void {
  visitOf(schema)?.(object)
}

function visitOf(schema: StructSchema): Visit | undefined {
  if (!visits.has(schema)) {
    // Types that hold themselves have no such field beneath.
    visits.set(schema, undefined)
    visits.set(schema, compile(schema))
  }
  return visits.get(schema)
}

function compile(schema: StructSchema): Visit | undefined {
  const fields = [...schema.byName.values()].flatMap(({ name, type, nullable = false }) => {
    const emptied = nullable && (type.kind === 'list' || type.kind === 'map')
    const within = visitOfType(type)
    return emptied || within ? [{ name, emptied, within }] : []
  })
  if (fields.length === 0) return undefined
  return (value) => {
    const object = value as Record<string, unknown>
    for (const { name, emptied, within } of fields) {
      const inner = object[name]
      if (typeof inner !== 'object' || inner === null) continue
      if (emptied && Object.keys(inner).length === 0) object[name] = null
      else within?.(inner)
    }
  }
}

function visitOfType(type: TypeSchema): Visit | undefined {
  if (type.kind === 'struct') return visitOf(type)
  if (type.kind !== 'list' && type.kind !== 'map') return undefined
  const visit = visitOfType(type.kind === 'list' ? type.element : type.value)
  return visit && ((value) => Object.values(value as object).forEach(visit))
}
