/** Describing volumes, storage classes, and what CSI drivers tell of nodes. */
import { accessModes } from './claim-fields.ts'
import { type Description, flatPairs, rfc1123 } from './text.ts'
import type { Describer } from './types.ts'
import { ageOf } from '#api/ages.ts'
import { describeVolumeSource } from './volume-sources.ts'

const defaultClass = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export const describeVolume: Describer = (out, { object }, { now }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Finalizers:', `[${(metadata.finalizers ?? []).join(' ')}]`)
  out.line(0, 'StorageClass:', metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '')
  out.line(0, 'Status:', metadata.deletionTimestamp ? `Terminating (lasts ${ageOf(metadata.deletionTimestamp, now())})` : (status.phase ?? ''))
  out.line(0, 'Claim:', spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '')
  out.line(0, 'Reclaim Policy:', spec.persistentVolumeReclaimPolicy ?? '').line(0, 'Access Modes:', accessModes(spec.accessModes))
  if (spec.volumeMode) out.line(0, 'VolumeMode:', spec.volumeMode)
  out.line(0, 'Capacity:', spec.capacity?.storage ?? '0')
  const required = spec.nodeAffinity?.required
  out.line(0, 'Node Affinity:', required ? '' : '<none>')
  if (required) {
    const terms: any[] = required.nodeSelectorTerms ?? []
    out.line(1, 'Required Terms:', terms.length === 0 ? '<none>' : '')
    for (const [index, { matchExpressions = [] }] of terms.entries()) {
      const texts = matchExpressions.map(
        ({ key, operator, values = [] }: any) => `${key} ${operator.toLowerCase()}${values.length > 0 ? ` [${values.join(', ')}]` : ''}`,
      )
      lines(out, 2, `Term ${index}:`, texts)
    }
  }
  out.line(0, 'Message:', status.message ?? '').line(0, 'Source:')
  describeVolumeSource(out, spec, { persistent: true })
}

function lines(out: Description, level: number, title: string, values: readonly string[]): void {
  if (values.length === 0) out.line(level, title, '<none>')
  for (const [index, value] of values.entries()) out.line(level, index === 0 ? title : '', value)
}

export const describeStorageClass: Describer = (out, { object }) => {
  const { metadata, mountOptions = [], allowedTopologies } = object
  const isDefault = defaultClass.some((key) => metadata.annotations?.[key] === 'true')
  out
    .line(0, 'Name:', metadata.name)
    .line(0, 'IsDefaultClass:', isDefault ? 'Yes' : 'No')
    .line(0, 'Annotations:', flatPairs(metadata.annotations))
  out.line(0, 'Provisioner:', object.provisioner).line(0, 'Parameters:', flatPairs(object.parameters))
  out.line(0, 'AllowVolumeExpansion:', object.allowVolumeExpansion === undefined ? '<unset>' : object.allowVolumeExpansion ? 'True' : 'False')
  if (mountOptions.length === 0) out.line(0, 'MountOptions:', '<none>')
  else {
    out.line(0, 'MountOptions:')
    for (const option of mountOptions) out.line(1, option)
  }
  if (object.reclaimPolicy) out.line(0, 'ReclaimPolicy:', object.reclaimPolicy)
  if (object.volumeBindingMode) out.line(0, 'VolumeBindingMode:', object.volumeBindingMode)
  if (!allowedTopologies?.length) return
  out.line(0, 'AllowedTopologies:', '')
  for (const [index, { matchLabelExpressions = [] }] of allowedTopologies.entries())
    lines(
      out,
      1,
      `Term ${index}:`,
      matchLabelExpressions.map(({ key, values = [] }: any) => `${key} in${values.length > 0 ? ` [${values.join(', ')}]` : ''}`),
    )
}

export const describeCsiNode: Describer = (out, { object }) => {
  const { metadata, spec } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'CreationTimestamp:', rfc1123(metadata.creationTimestamp)).line(0, 'Spec:')
  if (!spec.drivers?.length) return
  out.line(1, 'Drivers:')
  for (const { name, nodeID, allocatable, topologyKeys } of spec.drivers ?? []) {
    out.line(2, `${name}:`).line(3, 'Node ID:', nodeID)
    if (allocatable?.count !== undefined) out.line(3, 'Allocatables:').line(4, 'Count:', allocatable.count)
    if (topologyKeys?.length > 0) out.line(3, 'Topology Keys:', `[${topologyKeys.join(' ')}]`)
  }
}

export const describeVolumeAttributesClass: Describer = (out, { object }) => {
  out.line(0, 'Name:', object.metadata.name).line(0, 'Annotations:', flatPairs(object.metadata.annotations))
  out.line(0, 'DriverName:', object.driverName).line(0, 'Parameters:', flatPairs(object.parameters))
}
