/** The three unions inside JSONSchemaProps: a schema, or else a list of them, a boolean, or names. */
import type { StructSchema, TypeSchema } from '../schema/types.ts'
import { DecodeError } from './errors.ts'
import type { Decoder } from './decode-scalar.ts'

/** JSONSchemaProps itself, found from the struct that holds the union (itself). */
export function jsonSchemaPropsOf(schema: StructSchema): StructSchema {
  const not = schema.byName.get('not')?.type
  return not?.kind === 'struct' ? not : schema
}

export function jsonSchemaUnion(kind: TypeSchema['kind'], schema: StructSchema, decoderFor: (schema: StructSchema) => Decoder): Decoder {
  const props = jsonSchemaPropsOf(schema)
  // The union reads itself, and not strictly.
  const decodeProps: Decoder = (value, state) => {
    const before = state.strict.length
    const decoded = decoderFor(props)(value, state)
    state.strict.length = before
    return decoded
  }
  return (value, state) => {
    if (Array.isArray(value)) {
      if (kind === 'jsonSchemaPropsOrArray') return value.map((each) => decodeProps(each, state))
      if (kind === 'jsonSchemaPropsOrStringArray' && value.every((each) => typeof each === 'string')) return [...value]
    } else if (typeof value === 'boolean' && kind === 'jsonSchemaPropsOrBool') return value
    else if (typeof value === 'object') return decodeProps(value, state)
    if (kind === 'jsonSchemaPropsOrBool') throw new DecodeError('boolean or JSON schema expected')
    return state.mismatch(value, `v1.${kind[0]!.toUpperCase()}${kind.slice(1)}`.replace('JsonSchema', 'JSONSchema'))
  }
}
