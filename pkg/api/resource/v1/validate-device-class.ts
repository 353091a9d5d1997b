/** Validation of device classes, and of selectors. Their expressions are compiled where expressions are (apiserver/admission). */
import { type FieldError, type FieldPath, invalidValue, path, required, tooLong } from '#apimachinery/field-error.ts'
import type { DeviceClass, DeviceSelector } from '#api/gen/resource/v1.ts'
import { isExtended } from '../../core/v1/resource-names.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateSlice } from './names.ts'
import { validateConfiguration } from './validate-configuration.ts'

const maxSelectors = 32
const maxConfigurations = 32
const expressionMaxLength = 10 * 1024

export function validateDeviceClass({ spec }: DeviceClass, old?: DeviceClass): FieldError[] {
  const at = path('spec')
  const name = spec.extendedResourceName
  const stored = old !== undefined && semanticEqual(spec.config, old.spec.config)
  return [
    ...validateSelectors(spec.selectors, at.child('selectors')),
    ...validateSlice(spec.config, maxConfigurations, (each, here) => validateConfiguration(each, here, stored), at.child('config')),
    ...(name === undefined || isExtended(name) ? [] : [invalidValue(at.child('extendedResourceName'), name, 'must be a valid extended resource name')]),
  ]
}

export function validateSelectors(selectors: readonly DeviceSelector[] | undefined, at: FieldPath): FieldError[] {
  return validateSlice(selectors, maxSelectors, validateSelector, at)
}

function validateSelector({ cel }: DeviceSelector, at: FieldPath): FieldError[] {
  if (!cel) return [required(at.child('cel'))]
  return Buffer.byteLength(cel.expression) > expressionMaxLength ? [tooLong(at.child('cel', 'expression'), expressionMaxLength)] : []
}
