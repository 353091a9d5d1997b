/** PriorityLevelConfiguration. */
import { type PriorityLevelConfiguration, PriorityLevelConfigurationSchema } from '#api/gen/flowcontrol/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { resetMetadataForStatus, resetsOfWholeMetadata, startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { validateConditionTypes } from './validate-flow-schema.ts'
import { validatePriorityLevel } from './validate-priority-level.ts'

export const priorityLevelConfiguration: ResourceDefinition<PriorityLevelConfiguration> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  schema: PriorityLevelConfigurationSchema,
  defaults: ({ spec: { limited, exempt } }) => {
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0
      exempt.lendablePercent ??= 0
    }
    if (!limited) return
    limited.nominalConcurrencyShares ??= 30
    limited.lendablePercent ??= 0
    const queuing = limited.limitResponse?.queuing
    if (!queuing) return
    queuing.queues ||= 64
    queuing.handSize ||= 8
    queuing.queueLengthLimit ||= 50
  },
  create: { prepare: startFresh(PriorityLevelConfigurationSchema), validate: validatePriorityLevel },
  update: { looks: ['metadata', 'rules'], prepare: updateSpec, validate: validatePriorityLevel },
  status: {
    prepare: (object, old) => {
      updateStatus(object, old)
      resetMetadataForStatus(object, old)
    },
    validate: ({ status }) => validateConditionTypes(status.conditions),
    resets: resetsOfWholeMetadata,
  },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Type', ({ spec }) => spec.type, 'Whether requests are limited at all.'),
    text('NominalConcurrencyShares', ({ spec }) => spec.limited?.nominalConcurrencyShares ?? '<none>', 'Its share of the server.'),
    text('Queues', ({ spec }) => spec.limited?.limitResponse.queuing?.queues ?? '<none>', 'How many queues it has.'),
    text('HandSize', ({ spec }) => spec.limited?.limitResponse.queuing?.handSize ?? '<none>', 'How many queues a flow is dealt.'),
    text('QueueLengthLimit', ({ spec }) => spec.limited?.limitResponse.queuing?.queueLengthLimit ?? '<none>', 'How long a queue may be.'),
    ageColumn(),
  ],
}
