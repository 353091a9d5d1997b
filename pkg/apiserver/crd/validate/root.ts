/** What may stand at the root of a schema whose status is a door of its own: what holds for status must be found below it. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import type { Schema } from '../schema/types.ts'

/** As upstream names its Go fields, in their order. */
const allowed = [
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems',
  'MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations',
].join(' ')
const special: Readonly<Record<string, string>> = {
  XPreserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
  XValidations: 'x-kubernetes-validations',
}
const jsonNames = new Set(allowed.split(' ').map((name) => special[name] ?? name[0]!.toLowerCase() + name.slice(1)))

export function validateRoot(schema: Schema, at: FieldPath): FieldError[] {
  const { type } = schema
  if (type && type !== 'object')
    return [invalidValue(at.child('type'), type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled')]
  const isOther = ([key, value]: [string, unknown]) => !jsonNames.has(key) && value !== undefined && value !== false
  if (!Object.entries(schema).some(isOther)) return []
  return [invalidValue(at, schema, `only [${allowed}] fields are allowed at the root of the schema if the status subresource is enabled`)]
}
