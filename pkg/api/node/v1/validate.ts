/** Validation of runtime classes. */
import { duplicate, type FieldError, type FieldPath, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Label } from '#apimachinery/names.ts'
import type { Toleration } from '#api/gen/core/v1.ts'
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
  const at = path('scheduling', 'tolerations')
  return [...errors, ...validateTolerations(scheduling?.tolerations, at), ...doubledTolerations(scheduling?.tolerations ?? [], at)]
}

/** Two that tolerate the same, for however long; the message has the toleration under the names of its Go struct. */
function doubledTolerations(tolerations: readonly Toleration[], at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return tolerations.flatMap(
    ({ key: Key = '', operator: Operator = '', value: Value = '', effect: Effect = '', tolerationSeconds: TolerationSeconds = null }, position) => {
      const same = JSON.stringify([Key, Operator, Value, Effect])
      if (seen.has(same)) return [duplicate(at.index(position), { Key, Operator, Value, Effect, TolerationSeconds })]
      seen.add(same)
      return []
    },
  )
}

export function validateRuntimeClassUpdate(object: RuntimeClass, old: RuntimeClass): FieldError[] {
  return immutable(path('handler'), object.handler, old.handler)
}
