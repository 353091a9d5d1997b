/** Whether a read-only mount is read-only all the way down, where other mounts lie below it (KEP-3857). */
import type { VolumeMount } from '#api/gen/core/v1.ts'

/** Throws upstream's error when it must be and cannot. */
export function isRecursiveReadOnly({ name, readOnly, mountPropagation, recursiveReadOnly: mode }: VolumeMount, isSupported: boolean): boolean {
  if (mode === undefined || mode === 'Disabled') return false
  if (!readOnly) throw new Error(`volume ${JSON.stringify(name)} requested recursive read-only mode, but it is not read-only`)
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    throw new Error(
      `volume ${JSON.stringify(name)} requested recursive read-only mode, but it is not compatible with propagation ${JSON.stringify(mountPropagation)}`,
    )
  }
  if (mode === 'IfPossible') return isSupported
  if (!isSupported) throw new Error(`volume ${JSON.stringify(name)} requested recursive read-only mode, but it is not supported by the runtime`)
  return true
}
