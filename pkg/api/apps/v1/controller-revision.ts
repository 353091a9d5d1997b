/** ControllerRevision: a template as it once was. */
import { type ControllerRevision, ControllerRevisionSchema } from '#api/gen/apps/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { validateControllerRevision, validateControllerRevisionUpdate } from './validate-daemon-set.ts'

export const controllerRevision: ResourceDefinition<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  schema: ControllerRevisionSchema,
  create: { validate: validateControllerRevision },
  update: { validate: validateControllerRevisionUpdate },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Controller', controller, 'The object that it is a revision of.'),
    text('Revision', ({ revision }) => revision, 'Its number.'),
    ageColumn(),
  ],
}

function controller({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)
  if (!owner) return '<none>'
  const slash = owner.apiVersion.indexOf('/')
  const suffix = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`
  return `${owner.kind.toLowerCase()}${suffix}/${owner.name}`
}
