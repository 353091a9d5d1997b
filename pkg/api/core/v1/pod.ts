/** Pod. */
import { type Pod, PodSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { podColumns } from './pod/columns.ts'
import { defaultPod } from './pod/defaults.ts'
import {
  gracePeriodSeconds,
  prepareForCreate,
  prepareForEphemeralContainersUpdate,
  prepareForResize,
  prepareForStatusUpdate,
  prepareForUpdate,
  selectableFields,
} from './pod/strategy.ts'
import { validateResize } from './pod/validate-resize.ts'
import { validatePodStatusUpdate } from './pod/validate-status.ts'
import { validatePodUpdate } from './pod/validate-update.ts'
import { validateEphemeralContainersUpdate, validatePod } from './pod/validate.ts'
import { ipWarnings } from '../../ip-warnings.ts'
import { nameWarnings, podWarnings } from './pod-spec/warnings.ts'
import { path } from '#apimachinery/field-error.ts'

const done = (reason: string, message: string) => [{ type: 'Completed', status: 'True', reason, message }]
/** Rows of pods that will not run again say so. */
const doneConditions: Readonly<Record<string, readonly object[]>> = {
  Succeeded: done('Succeeded', 'The pod has completed successfully.'),
  Failed: done('Failed', 'The pod failed.'),
}

export const pod: ResourceDefinition<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: PodSchema,
  defaults: defaultPod,
  rowConditions: ({ status }) => doneConditions[status.phase ?? ''],
  create: {
    prepare: prepareForCreate,
    validate: validatePod,
    warnings: ({ metadata, spec }) => [...nameWarnings(metadata.name, "the Pod's hostname"), ...podWarnings(spec, metadata, path())],
  },
  update: { prepare: prepareForUpdate, validate: validatePodUpdate },
  status: {
    prepare: prepareForStatusUpdate,
    validate: validatePodStatusUpdate,
    warnings: statusAddressWarnings,
    resets: [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']],
  },
  subresources: {
    ephemeralcontainers: { prepare: prepareForEphemeralContainersUpdate, validate: validateEphemeralContainersUpdate },
    resize: { prepare: prepareForResize, validate: validateResize },
  },
  allowUnconditionalUpdate: true,
  gracePeriodSeconds,
  selectableFields,
  columns: podColumns,
}

function statusAddressWarnings({ status }: Pod): string[] {
  return (['podIPs', 'hostIPs'] as const).flatMap((list) =>
    (status[list] ?? []).flatMap(({ ip }, position) => ipWarnings(path('status', list).index(position).child('ip'), ip ?? '')),
  )
}
