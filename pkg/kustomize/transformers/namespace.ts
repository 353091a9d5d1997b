/** `namespace:`: every object into one namespace, with the fields that name it (kustomize's NamespaceTransformer). */
import { isObject } from '#apimachinery/json-value.ts'
import { KustomizeError } from '../errors.ts'
import { type Slot, visitFields } from '../field-spec.ts'
import { clusterScoped, formatId, sameId } from '../res-id.ts'
import type { Resource } from '../resource.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec } from '../types.ts'

export interface NamespaceConfig {
  readonly namespace: string
  readonly fieldSpecs: readonly FieldSpec[]
  readonly unsetOnly?: boolean
  /** Which subjects of role bindings move along: those named default, all service accounts, or none. */
  readonly setRoleBindingSubjects?: string
}

const subjectModes = ['defaultOnly', 'none', 'allServiceAccounts']

export function setNamespace(set: ResourceSet, config: NamespaceConfig): void {
  const mode = config.setRoleBindingSubjects || 'defaultOnly'
  if (!subjectModes.includes(mode)) {
    throw new KustomizeError(
      `invalid value "${mode}" for setRoleBindingSubjects: must be one of ${subjectModes
        .map((each) => JSON.stringify(each))
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}`,
    )
  }
  if (config.namespace === '') return
  for (const resource of set.list) {
    if (resource.isDeleted || resource.isFromChart) continue
    resource.rememberId()
    move(resource, config, mode)
    const matches = set.list.filter((each) => sameId(each.id, resource.id))
    if (matches.length !== 1) {
      throw new KustomizeError(`namespace transformation produces ID conflict: ${JSON.stringify(matches.map((each) => formatId(each.id)))}`)
    }
  }
}

function move(resource: Resource, { namespace, fieldSpecs, unsetOnly = false }: NamespaceConfig, mode: string): void {
  const put = (slot: Slot): void => {
    if (!unsetOnly || slot.get() === '' || slot.get() === null || slot.get() === undefined) slot.set(namespace)
  }
  const { kind, apiVersion } = resource.object
  if (!clusterScoped(resource.id)) visitFields(resource, { path: 'metadata/namespace', create: true }, 'text', put)
  const isBinding = kind === 'RoleBinding' || kind === 'ClusterRoleBinding'
  if (isBinding && mode !== 'none') moveSubjects(resource.object.subjects, namespace, mode)
  for (const spec of fieldSpecs) {
    if (spec.path === 'metadata/namespace') continue
    if (spec.path === 'metadata/name' && apiVersion !== 'v1') continue
    if (isBinding && spec.path === 'subjects/namespace') continue
    visitFields(resource, spec, 'text', put)
  }
}

function moveSubjects(subjects: unknown, namespace: string, mode: string): void {
  if (!Array.isArray(subjects)) return
  for (const subject of subjects) {
    if (!isObject(subject)) continue
    if (mode === 'allServiceAccounts' ? subject.kind === 'ServiceAccount' : subject.name === 'default') subject.namespace = namespace
  }
}
