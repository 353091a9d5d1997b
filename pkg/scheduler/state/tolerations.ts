/** Taints and what tolerates them. */
import type { Taint, Toleration } from '#api/gen/core/v1.ts'

export function tolerates(tolerations: readonly Toleration[] | undefined, { key, value = '', effect }: Taint): boolean {
  if (!tolerations) return false
  for (const toleration of tolerations) {
    if (toleration.effect && toleration.effect !== effect) continue
    if (toleration.key && toleration.key !== key) continue
    const { operator } = toleration
    if (operator === 'Exists') return true
    if ((!operator || operator === 'Equal') && toleration.key && (toleration.value ?? '') === value) return true
  }
  return false
}

/** A taint that keeps the pod away. */
export function hasUntoleratedTaint(taints: readonly Taint[], tolerations: readonly Toleration[] | undefined): boolean {
  for (const taint of taints) {
    if ((taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerates(tolerations, taint)) return true
  }
  return false
}
