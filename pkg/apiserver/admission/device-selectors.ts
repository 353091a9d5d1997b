/** Selectors of devices must compile, and not cost too much, before they are stored (pkg/apis/resource/validation). */
import type { DeviceClaim, DeviceSelector } from '#api/gen/resource/v1.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path } from '#apimachinery/field-error.ts'
import { compileDeviceSelector, maxSelectorCost } from '#cel/device-selector.ts'
import { nameOf } from '#cel/typing.ts'

/** Longer ones are refused for that alone. */
const maxLength = 10 * 1024

export const deviceSelectorChecks: Readonly<Record<string, (object: any) => FieldError[]>> = {
  deviceclasses: ({ spec }) => checkSelectors(spec.selectors, path('spec', 'selectors')),
  resourceclaims: ({ spec }) => checkClaim(spec.devices, path('spec', 'devices')),
  resourceclaimtemplates: ({ spec }) => checkClaim(spec.spec.devices, path('spec', 'spec', 'devices')),
}

function checkClaim(claim: DeviceClaim | undefined, at: FieldPath): FieldError[] {
  return (claim?.requests ?? []).flatMap(({ exactly, firstAvailable }, position) => {
    const here = at.child('requests').index(position)
    return [
      ...checkSelectors(exactly?.selectors, here.child('exactly', 'selectors')),
      ...(firstAvailable ?? []).flatMap(({ selectors }, index) => checkSelectors(selectors, here.child('firstAvailable').index(index).child('selectors'))),
    ]
  })
}

function checkSelectors(selectors: readonly DeviceSelector[] | undefined, at: FieldPath): FieldError[] {
  return (selectors ?? []).flatMap(({ cel }, position) => (cel ? checkExpression(cel.expression, at.index(position).child('cel', 'expression')) : []))
}

function checkExpression(expression: string, at: FieldPath): FieldError[] {
  if (Buffer.byteLength(expression) > maxLength) return []
  try {
    const { resultType, maxCost = Number.POSITIVE_INFINITY } = compileDeviceSelector(expression)
    const type = resultType?.kind ?? 'dyn'
    if (type !== 'bool' && type !== 'dyn') return [invalidValue(at, expression, `must evaluate to bool or the unknown type, not ${nameOf(resultType!)}`)]
    return maxCost > maxSelectorCost ? [forbiddenField(at, 'too complex, exceeds cost limit')] : []
  } catch (error) {
    return [invalidValue(at, expression, error instanceof Error ? error.message : String(error))]
  }
}
