import type { KubeObject } from '#apimachinery/object.ts'

/** The class annotated as default; of several the newest, then the first by name. */
export function newestDefault<T extends KubeObject>(classes: readonly T[], annotations: readonly string[]): T | undefined {
  const defaults = classes.filter((each) => annotations.some((key) => each.metadata.annotations?.[key] === 'true'))
  const created = (each: T): string => each.metadata.creationTimestamp ?? ''
  return defaults.sort((a, b) => (created(a) === created(b) ? (a.metadata.name! < b.metadata.name! ? -1 : 1) : created(a) < created(b) ? 1 : -1))[0]
}
