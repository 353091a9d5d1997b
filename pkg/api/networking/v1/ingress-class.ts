/** IngressClass. */
import { type IngressClass, IngressClassSchema } from '#api/gen/networking/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, classNameColumn, text } from '../../columns.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { validateIngressClass, validateIngressClassUpdate } from './validate-ingress-class.ts'

export const ingressClass: ResourceDefinition<IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  schema: IngressClassSchema,
  defaults: ({ spec }) => {
    if (spec.parameters) spec.parameters.scope ??= 'Cluster'
  },
  create: { prepare: startAtGenerationOne, validate: validateIngressClass },
  update: {
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as IngressClass).spec),
    validate: validateIngressClass,
    validateChange: validateIngressClassUpdate,
    looks: ['metadata-change', 'changes', 'metadata', 'rules'],
  },
  allowUnconditionalUpdate: true,
  columns: [
    classNameColumn(['ingressclass.kubernetes.io/is-default-class']),
    text('Controller', ({ spec }) => spec.controller, 'The controller of the class.'),
    text('Parameters', parameters, 'The object with its parameters.'),
    ageColumn(),
  ],
}

function parameters({ spec: { parameters } }: IngressClass): string {
  if (!parameters) return '<none>'
  const { apiGroup, kind, name } = parameters
  return apiGroup ? `${kind}.${apiGroup}/${name}` : `${kind}/${name}`
}
