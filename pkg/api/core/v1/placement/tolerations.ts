/** Taints and what tolerates them (component-helpers' scheduling/corev1), for nodes' taints and devices'. */

export interface TaintLike {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

export interface TolerationLike {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

/** An empty effect or key stands for any. */
export function toleratesTaint({ key, operator, value, effect }: TolerationLike, taint: TaintLike): boolean {
  if (effect && effect !== taint.effect) return false
  if (key && key !== taint.key) return false
  if (operator === 'Exists') return true
  return (!operator || operator === 'Equal') && Boolean(key) && (value ?? '') === (taint.value ?? '')
}

export function tolerates(tolerations: readonly TolerationLike[] | undefined, taint: TaintLike): boolean {
  if (!tolerations) return false
  for (const toleration of tolerations) if (toleratesTaint(toleration, taint)) return true
  return false
}

/** A taint that keeps the pod away. */
export function hasUntoleratedTaint(taints: readonly TaintLike[], tolerations: readonly TolerationLike[] | undefined): boolean {
  for (const taint of taints) {
    if ((taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerates(tolerations, taint)) return true
  }
  return false
}
