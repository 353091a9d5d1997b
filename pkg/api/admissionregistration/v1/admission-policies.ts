/** ValidatingAdmissionPolicy and MutatingAdmissionPolicy. */
import {
  type MutatingAdmissionPolicy,
  MutatingAdmissionPolicySchema,
  type ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySchema,
} from '#api/gen/admissionregistration/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, nameColumn, text } from '../../columns.ts'
import { raiseGeneration, resetMetadataForStatus, resetsOfWholeMetadata, startAtGenerationOne, startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { defaultMatchResources } from './defaults.ts'
import { validateMutatingPolicy, validateValidatingPolicy } from './validate-policy.ts'

export const validatingAdmissionPolicy: ResourceDefinition<ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicySchema,
  defaults: ({ spec }) => {
    spec.failurePolicy ??= 'Fail'
    if (spec.matchConstraints) defaultMatchResources(spec.matchConstraints)
  },
  create: { prepare: startFresh(ValidatingAdmissionPolicySchema), validate: validateValidatingPolicy },
  update: { looks: ['metadata', 'rules'], prepare: updateSpec, validate: validateValidatingPolicy },
  status: {
    prepare: (object, old) => {
      updateStatus(object, old)
      resetMetadataForStatus(object, old)
    },
    resets: resetsOfWholeMetadata,
  },
  columns: [
    nameColumn(),
    integer('Validations', ({ spec }) => spec.validations?.length ?? 0, 'How many checks it makes.'),
    text('ParamKind', ({ spec }) => paramKind(spec.paramKind), 'The kind of its parameters.'),
    ageColumn(),
  ],
}

export const mutatingAdmissionPolicy: ResourceDefinition<MutatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicySchema,
  defaults: ({ spec }) => {
    spec.failurePolicy ??= 'Fail'
    if (spec.matchConstraints) defaultMatchResources(spec.matchConstraints)
  },
  create: { prepare: startAtGenerationOne, validate: validateMutatingPolicy },
  update: {
    looks: ['metadata', 'rules'],
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as MutatingAdmissionPolicy).spec),
    validate: validateMutatingPolicy,
  },
  columns: [
    nameColumn(),
    integer('Mutations', ({ spec }) => spec.mutations?.length ?? 0, 'How many changes it makes.'),
    text('ParamKind', ({ spec }) => paramKind(spec.paramKind), 'The kind of its parameters.'),
    ageColumn(),
  ],
}

function paramKind(kind: { apiVersion?: string; kind?: string } | undefined): string {
  return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>'
}
