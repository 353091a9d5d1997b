/** ValidatingAdmissionPolicyBinding and MutatingAdmissionPolicyBinding. */
import {
  type MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicyBindingSchema,
  type ParamRef,
  type ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSchema,
} from '#api/gen/admissionregistration/v1.ts'
import type { ResourceDefinition, TableColumn } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { defaultMatchResources } from './defaults.ts'
import { validateMutatingBinding, validateValidatingBinding } from './validate-binding.ts'

type AnyBinding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding

function defaults({ spec }: AnyBinding): void {
  if (spec.matchResources) defaultMatchResources(spec.matchResources)
}

function columns<T extends AnyBinding>(): TableColumn<T>[] {
  return [
    nameColumn(),
    text('PolicyName', ({ spec }) => spec.policyName ?? '', 'The policy that is put to work.'),
    text('ParamRef', ({ spec }) => paramRef(spec.paramRef), 'The parameters it is given.'),
    ageColumn(),
  ]
}

function paramRef(ref: ParamRef | undefined): string {
  if (!ref) return '<unset>'
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`
  return ref.selector ? goSelector(ref.selector) : '<unset>'
}

/** As the String method of upstream's generated type prints it. */
function goSelector({ matchLabels, matchExpressions }: NonNullable<ParamRef['selector']>): string {
  const labels = Object.keys(matchLabels ?? {}).sort()
  const pairs = labels.map((key) => `${key}: ${matchLabels?.[key]},`).join('')
  const requirements = (matchExpressions ?? []).map(
    ({ key, operator, values }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join('')}},}`
}

export const validatingAdmissionPolicyBinding: ResourceDefinition<ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicyBindingSchema,
  defaults,
  create: { prepare: startAtGenerationOne, validate: validateValidatingBinding },
  update: {
    looks: ['metadata', 'rules'],
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as AnyBinding).spec),
    validate: validateValidatingBinding,
  },
  columns: columns(),
}

export const mutatingAdmissionPolicyBinding: ResourceDefinition<MutatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicyBindingSchema,
  defaults,
  create: { prepare: startAtGenerationOne, validate: validateMutatingBinding },
  update: {
    looks: ['metadata', 'rules'],
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as AnyBinding).spec),
    validate: validateMutatingBinding,
  },
  columns: columns(),
}
