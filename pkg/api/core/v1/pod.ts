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
  create: { prepare: prepareForCreate },
  update: { prepare: prepareForUpdate },
  status: { prepare: prepareForStatusUpdate },
  subresources: {
    ephemeralcontainers: { prepare: prepareForEphemeralContainersUpdate },
    resize: { prepare: prepareForResize },
  },
  allowUnconditionalUpdate: true,
  gracePeriodSeconds,
  selectableFields,
  columns: podColumns,
}
