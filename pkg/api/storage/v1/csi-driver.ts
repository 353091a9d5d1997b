/** CSIDriver. */
import { type CSIDriver, CSIDriverSchema } from '#api/gen/storage/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text, truth } from '../../columns.ts'
import { raiseGeneration } from '../../doors.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateCsiDriver, validateCsiDriverUpdate } from './validate-csi-driver.ts'

export const csiDriver: ResourceDefinition<CSIDriver> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  schema: CSIDriverSchema,
  defaults: ({ spec }) => {
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if ((spec.volumeLifecycleModes?.length ?? 0) === 0) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  // A new one has no generation yet: its first change makes it 1.
  create: { validate: validateCsiDriver, warnings: ({ spec }) => tokenWarnings(spec) },
  update: {
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as CSIDriver).spec),
    validate: validateCsiDriverUpdate,
    warnings: ({ spec }, old) => (semanticEqual(spec.tokenRequests, old.spec.tokenRequests) ? [] : tokenWarnings(spec)),
  },
  columns: [
    nameColumn(),
    truth('AttachRequired', ({ spec }) => spec.attachRequired ?? true, 'Whether its volumes must be attached before they are mounted.'),
    truth('PodInfoOnMount', ({ spec }) => spec.podInfoOnMount ?? false, 'Whether it is told about the pod.'),
    truth('StorageCapacity', ({ spec }) => spec.storageCapacity ?? false, 'Whether scheduling minds its capacity.'),
    text('TokenRequests', ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>', 'The audiences of the tokens it wants.'),
    truth('RequiresRepublish', ({ spec }) => spec.requiresRepublish ?? false, 'Whether it is called again and again.'),
    text('Modes', ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>', 'The kinds of volume it serves.'),
    ageColumn(),
  ],
}

/** Tokens among a volume's attributes may be logged by the driver. */
function tokenWarnings({ tokenRequests = [], serviceAccountTokenInSecrets }: CSIDriver['spec']): string[] {
  if (tokenRequests.length === 0 || serviceAccountTokenInSecrets !== undefined) return []
  return ['spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes']
}
