/** What a claim and the template of one say of themselves. */
import { ageOf } from '#api/ages.ts'
import type { Description } from './text.ts'

/** What a claim and a claim's template have in common (printPersistentVolumeClaim). */
export function describeClaimFields(out: Description, { metadata, spec, status }: any, level = 0): void {
  const whole = level === 0
  if (whole) out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace)
  out.line(level, 'StorageClass:', metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '')
  if (whole) out.line(0, 'Status:', metadata.deletionTimestamp ? `Terminating (lasts ${ageOf(metadata.deletionTimestamp, Date.now())})` : (status.phase ?? ''))
  out.line(level, 'Volume:', spec.volumeName ?? '')
  out.map('Labels', metadata.labels, level, '=', level).annotations(metadata.annotations, level, level)
  if (whole) out.line(0, 'Finalizers:', `[${(metadata.finalizers ?? []).join(' ')}]`)
  out.line(level, 'Capacity:', spec.volumeName ? (status.capacity?.storage ?? '0') : '')
  out.line(level, 'Access Modes:', spec.volumeName ? accessModes(status.accessModes) : '')
  if (spec.volumeMode) out.line(level, 'VolumeMode:', spec.volumeMode)
  if (!spec.dataSource) return
  out.line(level, 'DataSource:')
  if (spec.dataSource.apiGroup) out.line(level + 1, 'APIGroup:', spec.dataSource.apiGroup)
  out.line(level + 1, 'Kind:', spec.dataSource.kind).line(level + 1, 'Name:', spec.dataSource.name)
}

const shortModes: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }

/** "RWO,ROX", in the order that upstream keeps to. */
export function accessModes(modes: readonly string[] = []): string {
  return Object.keys(shortModes)
    .filter((mode) => modes.includes(mode))
    .map((mode) => shortModes[mode])
    .join(',')
}
