/** What one version says beside its schema: columns, subresources, selectable fields, deprecation. */
import type { CustomResourceDefinitionVersion } from '#api/gen/apiextensions/v1.ts'
import { duplicate, type FieldError, type FieldPath, invalidValue, required, tooMany } from '#apimachinery/field-error.ts'
import { JsonPathError, parseJsonPath } from '../json-path.ts'
import { schemaAt } from '../schema/schema-at.ts'

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']
const maxSelectableFields = 8

export function checkDeprecation({ deprecated, deprecationWarning }: CustomResourceDefinitionVersion, at: FieldPath): FieldError[] {
  if (deprecationWarning === undefined) return []
  const here = at.child('deprecationWarning')
  const texts: string[] = []
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(deprecationWarning)
  if (!deprecated) texts.push('can only be set for deprecated versions')
  else {
    if (Buffer.byteLength(deprecationWarning) > 256) texts.push('must be <= 256 characters long')
    if (deprecationWarning === '') texts.push('must not be an empty string')
    const found = odd && Buffer.byteLength(deprecationWarning.slice(0, odd.index))
    if (found !== null) texts.push(`must only contain printable UTF-8 characters; non-printable character found at index ${found}`)
  }
  return texts.map((text) => invalidValue(here, deprecationWarning, text))
}

export function checkScale({ subresources }: CustomResourceDefinitionVersion, at: FieldPath): FieldError[] {
  const scale = subresources?.scale
  if (!scale) return []
  const rules = [
    ['specReplicasPath', scale.specReplicasPath, ['.spec.'], 'should be a json path under .spec'],
    ['statusReplicasPath', scale.statusReplicasPath, ['.status.'], 'should be a json path under .status'],
    ['labelSelectorPath', scale.labelSelectorPath, ['.spec.', '.status.'], 'should be a json path under either .spec or .status'],
  ] as const
  return rules.flatMap(([key, path, prefixes, text]) => {
    const here = at.child('subresources', `scale.${key}`)
    if (!path) return key === 'labelSelectorPath' ? [] : [required(here)]
    const errors = checkPath(path, here)
    if (errors.length > 0) return errors
    return prefixes.some((prefix) => path.startsWith(prefix)) ? [] : [invalidValue(here, path, text)]
  })
}

function checkPath(path: string, at: FieldPath): FieldError[] {
  if (!path.startsWith('.')) return [invalidValue(at, path, 'must be a simple json path starting with .')]
  try {
    parseJsonPath(path)
    return []
  } catch (error) {
    return error instanceof JsonPathError ? [invalidValue(at, path, `is an invalid JSON path: ${error.message}`)] : []
  }
}

export function checkColumns({ additionalPrinterColumns }: CustomResourceDefinitionVersion, at: FieldPath): FieldError[] {
  return (additionalPrinterColumns ?? []).flatMap(({ name, type, format, jsonPath }, index) => {
    const here = at.child('additionalPrinterColumns').index(index)
    const errors: FieldError[] = []
    if (!name) errors.push(required(here.child('name')))
    const oneOf = `must be one of ${columnTypes.join(',')}`
    if (!type) errors.push(required(here.child('type'), oneOf))
    else if (!columnTypes.includes(type)) errors.push(invalidValue(here.child('type'), type, oneOf))
    if (format && !columnFormats.includes(format)) errors.push(invalidValue(here.child('format'), format, `must be one of ${columnFormats.join(',')}`))
    if (!jsonPath) errors.push(required(here.child('JSONPath')))
    else errors.push(...checkPath(jsonPath, here.child('JSONPath')))
    return errors
  })
}

/** Fields that all versions share need a schema that they share, and the other way round: so upstream's internal type has it. */
export function checkSelectableFields(
  { selectableFields, schema }: CustomResourceDefinitionVersion,
  hasSchemaBeside: boolean,
  isShared: boolean,
  at: FieldPath,
): FieldError[] {
  const fields = selectableFields ?? []
  if (fields.length === 0) return []
  const root = schema?.openAPIV3Schema
  if (!root || !hasSchemaBeside) {
    const [alone, shared] = ['may only be set when `version.schema.openAPIV3Schema` is not included', 'may only be set when validations.schema is included']
    return [invalidValue(at.child('selectableFields'), '', isShared ? shared : alone)]
  }
  const here = at.child('selectableFields')
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, { jsonPath }] of fields.entries()) {
    const place = here.index(index).child('jsonPath')
    if (!jsonPath) {
      errors.push(required(place))
      continue
    }
    const found = jsonPath.includes('[') ? undefined : schemaAt(root, jsonPath)
    if (!found) {
      const isPath = jsonPath.startsWith('.') || jsonPath.startsWith('[')
      const why = isPath
        ? jsonPath.includes('[')
          ? 'array notation is not allowed'
          : 'does not refer to a valid field'
        : `expected [ or . but got: ${jsonPath}`
      errors.push(invalidValue(place, jsonPath, `is an invalid path: ${why}`))
      continue
    }
    if (jsonPath.startsWith('.metadata')) errors.push(invalidValue(place, jsonPath, 'must not point to fields in metadata'))
    if (!['string', 'boolean', 'integer'].includes(found.type ?? ''))
      errors.push(
        invalidValue(place, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'),
      )
    if (seen.has(jsonPath)) errors.push(duplicate(place, jsonPath))
    seen.add(jsonPath)
  }
  if (seen.size > maxSelectableFields) errors.push(tooMany(here, seen.size, maxSelectableFields))
  return errors
}
