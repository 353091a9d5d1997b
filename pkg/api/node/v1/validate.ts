/** Validation of runtime classes. */
import { type FieldError, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Label } from '#apimachinery/names.ts'
import type { RuntimeClass } from '#api/gen/node/v1.ts'
import { complaints, immutable } from '../../checks.ts'
import { validateContainerResourceName, validateQuantity } from '../../core/v1/pod-spec/validate-resources.ts'
import { validateTolerations } from '../../core/v1/pod-spec/validate-tolerations.ts'
import { validateLabels } from '../../meta/labels.ts'

export function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const errors = handler ? complaints(path('handler'), handler, isDns1123Label(handler)) : [required(path('handler'))]
  for (const [name, amount] of Object.entries(overhead?.podFixed ?? {})) {
    // Upstream checks them as the limits of a container, and says so.
    const here = path('overhead', 'limits').key(name)
    errors.push(...validateContainerResourceName(name, here), ...validateQuantity(name, amount, here))
  }
  errors.push(...validateLabels(scheduling?.nodeSelector, path('scheduling', 'nodeSelector')))
  return [...errors, ...validateTolerations(scheduling?.tolerations, path('scheduling', 'tolerations'))]
}

export function validateRuntimeClassUpdate(object: RuntimeClass, old: RuntimeClass): FieldError[] {
  return immutable(path('handler'), object.handler, old.handler)
}
