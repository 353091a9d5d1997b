/** Constructors for the schema language; `gen/` folders are written in these words. */
import type { FieldSchema, ListSchema, MapSchema, ScalarKind, ScalarSchema, StructSchema, TypeSchema } from './types.ts'

class Struct implements StructSchema {
  readonly kind = 'struct'
  readonly name: string
  readonly markers: readonly string[]
  readonly #declare: () => readonly FieldSchema[]
  #fields: readonly FieldSchema[] | undefined
  #byName: ReadonlyMap<string, FieldSchema> | undefined

  constructor(name: string, declare: () => readonly FieldSchema[], markers: readonly string[]) {
    this.name = name
    this.#declare = declare
    this.markers = markers
  }

  get mapType(): 'atomic' | 'granular' | undefined {
    if (this.markers.includes('structType=atomic') || this.markers.includes('mapType=atomic')) return 'atomic'
    return undefined
  }

  get fields(): readonly FieldSchema[] {
    this.#fields ??= this.#declare()
    return this.#fields
  }

  get byName(): ReadonlyMap<string, FieldSchema> {
    this.#byName ??= new Map(flatten(this.fields))
    return this.#byName
  }
}

function* flatten(fields: readonly FieldSchema[]): Iterable<[string, FieldSchema]> {
  for (const field of fields) {
    if (field.inline && field.type.kind === 'struct') yield* flatten(field.type.fields)
    else yield [field.name, field]
  }
}

/** A struct type; `declare` runs on first use so that types may refer to one another in any order. */
export function struct(name: string, declare: () => readonly FieldSchema[], markers: readonly string[] = []): StructSchema {
  return new Struct(name, declare, markers) as StructSchema
}

export function field(name: string, number: number, type: TypeSchema, facts: Omit<FieldSchema, 'name' | 'number' | 'type'> = {}): FieldSchema {
  return { name, number, type, ...facts }
}

export function list(element: TypeSchema): ListSchema {
  return { kind: 'list', element }
}

export function map(value: TypeSchema): MapSchema {
  return { kind: 'map', value }
}

/** A string with a Go name of its own (in the package `home`) and, where upstream declares them, its values. */
export function named(alias: string, values: readonly string[], isEnum: boolean, home: string): ScalarSchema {
  return { kind: 'string', alias, values, isEnum, home }
}

function scalar(kind: ScalarKind): ScalarSchema {
  return { kind }
}

export const string = scalar('string')
export const boolean = scalar('boolean')
export const int32 = scalar('int32')
export const int64 = scalar('int64')
export const float64 = scalar('float64')
export const bytes = scalar('bytes')
export const quantity = scalar('quantity')
export const time = scalar('time')
export const microTime = scalar('microTime')
export const duration = scalar('duration')
export const intOrString = scalar('intOrString')
export const rawExtension = scalar('rawExtension')
export const fieldsV1 = scalar('fieldsV1')
export const json = scalar('json')
/** authentication's ExtraValue and meta's Verbs: a JSON list, a protobuf message with `items`. */
export const stringListMessage = scalar('stringListMessage')
export const jsonSchemaPropsOrArray = scalar('jsonSchemaPropsOrArray')
export const jsonSchemaPropsOrBool = scalar('jsonSchemaPropsOrBool')
export const jsonSchemaPropsOrStringArray = scalar('jsonSchemaPropsOrStringArray')
