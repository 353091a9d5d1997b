/** PodTemplate. */
import { type PodTemplate, PodTemplateSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { mapText, nameColumn, text } from '../../columns.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { defaultPodTemplate } from './pod-spec/defaults.ts'
import { path } from '#apimachinery/field-error.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'
import { podWarnings } from './pod-spec/warnings.ts'

const warnings = ({ template }: PodTemplate) => podWarnings(template.spec, template.metadata, path('template'))

export const podTemplate: ResourceDefinition<PodTemplate> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  schema: PodTemplateSchema,
  defaults: ({ template }) => defaultPodTemplate(template),
  create: { prepare: startAtGenerationOne, validate: ({ template }) => validatePodTemplate(template, path('template')), warnings },
  update: {
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as PodTemplate).template),
    validate: ({ template }, old) => validatePodTemplate(template, path('template'), old.template),
    warnings,
  },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Containers', ({ template }) => (template.spec.containers ?? []).map(({ name }) => name).join(','), 'The names of the containers.'),
    text('Images', ({ template }) => (template.spec.containers ?? []).map(({ image }) => image ?? '').join(','), 'The images of the containers.'),
    text('Pod Labels', ({ template }) => mapText(template.metadata.labels), 'The labels of the pods.'),
  ],
}
