/** Types whose JSON form is not their Go structure: each is a named model of its own. */
import type { ScalarKind } from '#apimachinery/schema/types.ts'
import type { Dialect } from './models.ts'
import type { Json } from './types.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'

const names: { readonly [K in ScalarKind]?: string } = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  time: `${META}.Time`,
  microTime: `${META}.MicroTime`,
  duration: `${META}.Duration`,
  fieldsV1: `${META}.FieldsV1`,
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  rawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  json: `${EXTENSIONS}.JSON`,
  jsonSchemaPropsOrArray: `${EXTENSIONS}.JSONSchemaPropsOrArray`,
  jsonSchemaPropsOrBool: `${EXTENSIONS}.JSONSchemaPropsOrBool`,
  jsonSchemaPropsOrStringArray: `${EXTENSIONS}.JSONSchemaPropsOrStringArray`,
}

export function specialName(kind: ScalarKind): string | undefined {
  return names[kind]
}

export function specialModel(kind: ScalarKind, dialect: Dialect): Json {
  switch (kind) {
    case 'quantity':
      return dialect === 'v2' ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] }
    case 'intOrString':
      return dialect === 'v2' ? { type: 'string', format: 'int-or-string' } : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
    case 'time':
    case 'microTime':
      return { type: 'string', format: 'date-time' }
    case 'duration':
      return { type: 'string' }
    case 'fieldsV1':
    case 'rawExtension':
      return { type: 'object' }
    // Anything.
    default:
      return {}
  }
}
