/** The scale subresource of a custom resource, by the paths that its definition names. */
import type { CustomResourceSubresourceScale } from '#api/gen/apiextensions/v1.ts'
import type { ScaleMapping } from '#api/types.ts'
import { type FieldError, FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { goText } from '#apimachinery/go-text.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { internalError } from '#apimachinery/status-error.ts'
import { isMap, type JsonMap } from './schema/types.ts'

const maxInt32 = 2 ** 31 - 1

export function scaleMappingOf({ specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale): ScaleMapping<KubeObject> {
  return {
    specReplicas: (object) => {
      const value = at(object, specReplicasPath)
      if (typeof value !== 'number') throw internalError(`the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`)
      return value
    },
    statusReplicas: (object) => numberAt(object, statusReplicasPath),
    selector: (object) => {
      const value = labelSelectorPath ? at(object, labelSelectorPath) : undefined
      return typeof value === 'string' ? value : ''
    },
    hasReplicas: (object) => typeof at(object, specReplicasPath) === 'number',
    setReplicas: (object, replicas) => setAt(object, specReplicasPath, replicas),
    replicasPath: specReplicasPath.split('.').filter((each) => each !== ''),
  }
}

const keysOf = (path: string): string[] => path.replace(/^\./, '').split('.')

function at(object: unknown, path: string): unknown {
  return keysOf(path).reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), object)
}

function numberAt(object: unknown, path: string): number {
  const value = at(object, path)
  return typeof value === 'number' ? value : 0
}

function setAt(object: object, path: string, value: unknown): void {
  const keys = keysOf(path)
  const last = keys.pop()!
  let target = object as JsonMap
  for (const key of keys) {
    if (!isMap(target[key])) target[key] = {}
    target = target[key] as JsonMap
  }
  target[last] = value
}

export function validateScale(object: KubeObject, scale: CustomResourceSubresourceScale, statusOnly: boolean): FieldError[] {
  const errors: FieldError[] = []
  for (const path of [...(statusOnly ? [] : [scale.specReplicasPath]), scale.statusReplicasPath]) {
    const where = new FieldPath(path)
    const wrong = noMapOn(object, path)
    if (wrong !== undefined) {
      errors.push(invalidValue(where, 0, wrong))
      continue
    }
    const value = at(object, path)
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isInteger(value))
      errors.push(invalidValue(where, 0, `${path} accessor error: ${goText(value)} is of the type ${goType(value)}, expected int64`))
    else if (value < 0) errors.push(invalidValue(where, value, 'should be a non-negative integer'))
    else if (value > maxInt32) errors.push(invalidValue(where, value, `should be less than or equal to ${maxInt32}`))
  }
  const { labelSelectorPath } = scale
  const selector = labelSelectorPath ? at(object, labelSelectorPath) : undefined
  if (selector !== undefined && typeof selector !== 'string') {
    const text = `${labelSelectorPath} accessor error: ${goText(selector)} is of the type ${goType(selector)}, expected string`
    errors.push(invalidValue(new FieldPath(labelSelectorPath!), '', text))
  }
  return errors
}

/** Where the way to the path's end leads through what has no fields. */
function noMapOn(object: unknown, path: string): string | undefined {
  const keys = keysOf(path)
  let value: unknown = object
  for (const [index, key] of keys.entries()) {
    if (value === undefined || value === null) return undefined
    if (!isMap(value))
      return `.${keys.slice(0, index + 1).join('.')} accessor error: ${goText(value)} is of the type ${goType(value)}, expected map[string]interface{}`
    value = value[key]
  }
  return undefined
}

function goType(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return typeof value === 'object' ? 'map[string]interface {}' : typeof value
}
