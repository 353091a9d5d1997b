/** Go's names of our types, as type errors print them: `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
import type { FieldSchema, ScalarKind, StructSchema, TypeSchema } from '../schema/types.ts'

const scalars: Readonly<Record<ScalarKind, string>> = {
  string: 'string',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  intOrString: 'intstr.IntOrString',
  rawExtension: 'runtime.RawExtension',
  fieldsV1: 'v1.FieldsV1',
  json: 'v1.JSON',
  stringListMessage: '[]string',
  jsonSchemaPropsOrArray: 'v1.JSONSchemaPropsOrArray',
  jsonSchemaPropsOrBool: 'v1.JSONSchemaPropsOrBool',
  jsonSchemaPropsOrStringArray: 'v1.JSONSchemaPropsOrStringArray',
}

/** "PodSpec" of "io.k8s.api.core.v1.PodSpec". */
export function typeName(schema: StructSchema): string {
  return schema.name.slice(schema.name.lastIndexOf('.') + 1)
}

/** Go's package of a type: its version ("v1"). */
export function packageName(schema: StructSchema): string {
  const parts = schema.name.split('.')
  return parts[parts.length - 2] ?? ''
}

/** Lists that have a name of their own, by what is in them. */
const namedLists: Readonly<Record<string, string>> = { 'v1.ValidationRule': 'v1.ValidationRules' }

export function goType(schema: TypeSchema, inPackage: string): string {
  switch (schema.kind) {
    case 'struct':
      return `${packageName(schema)}.${typeName(schema)}`
    case 'list':
      return namedLists[goType(schema.element, inPackage)] ?? `[]${goType(schema.element, inPackage)}`
    case 'map':
      return `map[string]${goType(schema.value, inPackage)}`
    default:
      return schema.alias === undefined ? scalars[schema.kind] : `${schema.home ?? inPackage}.${schema.alias}`
  }
}

/** Of a field: UIDs and lists of resources have Go types of their own, which the schemas do not keep. */
export function goFieldType({ name, type }: FieldSchema, owner: StructSchema): string {
  if (name === 'uid' && type.kind === 'string' && typeName(owner) !== 'UserInfo') return 'types.UID'
  if (type.kind === 'map' && type.value.kind === 'quantity' && !owner.name.includes('.resource.')) return 'v1.ResourceList'
  const key = type.kind === 'map' ? keyTypes[owner.name.includes('.resource.') ? 'resource' : 'other'][name] : undefined
  return key && type.kind === 'map' ? `map[${packageName(owner)}.${key}]${goType(type.value, packageName(owner))}` : goType(type, packageName(owner))
}

/** Maps whose keys are of a type of their own, by their fields. */
const keyTypes: Readonly<Record<'resource' | 'other', Readonly<Record<string, string>>>> = {
  resource: { attributes: 'QualifiedName', capacity: 'QualifiedName', requests: 'QualifiedName', consumedCapacity: 'QualifiedName' },
  other: { allocatedResourceStatuses: 'ResourceName' },
}
