/** RuntimeClass: the class exists; its overhead and its scheduling go into the pod. */
import type { Pod, Toleration } from '#api/gen/core/v1.ts'
import type { RuntimeClass } from '#api/gen/node/v1.ts'
import { runtimeClasses } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { compareQuantities } from '#apimachinery/quantity.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

export function runtimeClass(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, runtimeClasses)
  const classOf = async (attributes: AdmissionAttributes): Promise<RuntimeClass | undefined> => {
    const name = (attributes.object as Pod).spec?.runtimeClassName
    if (!name) return undefined
    const found = await reader.get(undefined, name)
    if (!found) throw refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`)
    return found
  }
  return {
    name: 'RuntimeClass',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE']),
    async admit(attributes) {
      const { spec } = attributes.object as Pod
      const found = await classOf(attributes)
      if (!spec || !found) return
      const overhead = found.overhead?.podFixed
      if (overhead) {
        if (spec.overhead && !sameList(spec.overhead, overhead))
          throw refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        spec.overhead = { ...overhead }
      }
      schedule(attributes, spec, found)
    },
    async validate(attributes) {
      const found = await classOf(attributes)
      const overhead = (attributes.object as Pod).spec?.overhead
      if (overhead && Object.keys(overhead).length > 0 && !found?.overhead)
        throw refuse(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
    },
  }
}

function schedule(attributes: AdmissionAttributes, spec: NonNullable<Pod['spec']>, { scheduling }: RuntimeClass): void {
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    const present = spec.nodeSelector?.[key]
    if (present !== undefined && present !== value)
      throw refuse(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${present}`)
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value }
  }
  const merged = mergeTolerations([...(spec.tolerations ?? []), ...(scheduling?.tolerations ?? [])])
  if (merged.length > 0) spec.tolerations = merged
}

/** Without those that another tolerates, too; of two alike the first stays. */
function mergeTolerations(all: readonly Toleration[]): Toleration[] {
  const merged: Toleration[] = []
  for (const [position, each] of all.entries()) {
    if (merged.some((other) => tolerates(other, each))) continue
    if (all.slice(position + 1).some((other) => !semanticEqual(each, other) && tolerates(other, each))) continue
    merged.push({ ...each })
  }
  return merged
}

/** Whether `wide` tolerates all that `narrow` does. */
function tolerates(wide: Toleration, narrow: Toleration): boolean {
  if (semanticEqual(wide, narrow)) return true
  if ((narrow.key ?? '') !== (wide.key ?? '') && (wide.key || wide.operator !== 'Exists')) return false
  if ((narrow.effect ?? '') !== (wide.effect ?? '') && wide.effect) return false
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false
  }
  if (wide.operator === 'Exists') return true
  return (!wide.operator || wide.operator === 'Equal') && narrow.operator === 'Equal' && (narrow.value ?? '') === (wide.value ?? '')
}

function sameList(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => b[key] !== undefined && compareQuantities(a[key]!, b[key]) === 0)
}
