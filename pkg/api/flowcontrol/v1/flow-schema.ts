/** FlowSchema. */
import { type FlowSchema, FlowSchemaSchema } from '#api/gen/flowcontrol/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { resetMetadataForStatus, resetsOfWholeMetadata, startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { validateConditionTypes, validateFlowSchema } from './validate-flow-schema.ts'

export const flowSchema: ResourceDefinition<FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  schema: FlowSchemaSchema,
  defaults: ({ spec }) => {
    spec.matchingPrecedence ||= 1000
  },
  create: { prepare: startFresh(FlowSchemaSchema), validate: validateFlowSchema },
  update: { looks: ['metadata', 'rules'], prepare: updateSpec, validate: validateFlowSchema },
  status: {
    prepare: (object, old) => {
      updateStatus(object, old)
      resetMetadataForStatus(object, old)
    },
    validate: ({ status }) => validateConditionTypes(status.conditions),
    resets: resetsOfWholeMetadata,
  },
  allowUnconditionalUpdate: true,
  tableOrder: (a, b) =>
    (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0) || (a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0),
  columns: [
    nameColumn(),
    text('PriorityLevel', ({ spec }) => spec.priorityLevelConfiguration.name, 'The level of matching requests.'),
    text('MatchingPrecedence', ({ spec }) => spec.matchingPrecedence ?? 0, 'Its place among all schemas; the lowest is asked first.'),
    text('DistinguisherMethod', ({ spec }) => spec.distinguisherMethod?.type ?? '<none>', 'How flows are told apart.'),
    ageColumn(),
    text('MissingPL', ({ status }) => status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?', 'Whether its level does not exist.'),
  ],
}
