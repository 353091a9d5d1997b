/** For tests: a plain valid pod, changed and defaulted, and what is said of it. */
import { normalize } from '#apimachinery/codec/index.ts'
import type { FieldError } from '#apimachinery/field-error.ts'
import { type Pod, PodSchema } from '#api/gen/core/v1.ts'
import { pod } from '../pod.ts'

export type Change = (spec: any, pod: any) => void

export function podWith(change: Change = () => {}): Pod {
  const made: any = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '1' },
    spec: { containers: [{ name: 'c', image: 'nginx:1' }], serviceAccountName: 'default' },
  }
  change(made.spec, made)
  const whole = normalize<Pod>(PodSchema, made)
  pod.defaults?.(whole)
  return whole
}

/** "path: message", the reason in front where it is not that of an invalid value. */
export function asLines(errors: readonly FieldError[]): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`)
}

export function errorsOfPod(change: Change): string[] {
  return asLines(pod.create!.validate!(podWith(change), { now: 0 }))
}
