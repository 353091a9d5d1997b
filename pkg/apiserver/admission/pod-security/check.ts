/** What a check is given and answers, and the words all of them share. */
import type { Container, PodSpec } from '#api/gen/core/v1.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'

export interface Violation {
  readonly reason: string
  readonly detail: string
}

export interface CheckedPod {
  readonly metadata: Pick<ObjectMeta, 'annotations'>
  readonly spec: PodSpec
}

/** Undefined: the pod passes. */
export type CheckPod = (pod: CheckedPod, minor: number) => Violation | undefined

export interface Check {
  readonly id: string
  /** Since which minor version the check holds; default 0. */
  readonly since?: number
  /** A restricted check that takes the place of this baseline one. */
  readonly overrides?: string
  readonly check: CheckPod
}

export function containersOf({ spec }: CheckedPod): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...((spec.ephemeralContainers ?? []) as unknown as Container[])]
}

export const quoted = (items: Iterable<string>): string => `"${[...items].join('", "')}"`
export const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort()
export const plural = (word: string, count: number): string => (count === 1 ? word : `${word}s`)
export const named = (containers: readonly string[]): string => `${plural('container', containers.length)} ${quoted(containers)}`

/** `pod and containers "a", "b"`: who sets something forbidden. */
export function setters(podDoes: boolean, containers: readonly string[]): string[] {
  return [...(podDoes ? ['pod'] : []), ...(containers.length > 0 ? [named(containers)] : [])]
}

export const isWindows = ({ spec }: CheckedPod): boolean => spec.os?.name === 'windows'
export const hasUserNamespace = ({ spec }: CheckedPod): boolean => spec.hostUsers === false
