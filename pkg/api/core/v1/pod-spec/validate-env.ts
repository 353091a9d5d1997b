/** Validation of a container's environment. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isConfigMapKey, isRelaxedEnvVarName, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { EnvFromSource, EnvVar, FileKeySelector } from '#api/gen/core/v1.ts'
import { complaints, requiredText } from '../../../checks.ts'
import { validateFieldRef, validateResourceFieldRef } from './validate-field-ref.ts'
import { localPath } from './validate-volume-files.ts'
import type { Volumes } from './validate-volumes.ts'

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

export function validateEnv(env: readonly EnvVar[] | undefined, volumes: Volumes, at: FieldPath): FieldError[] {
  return (env ?? []).flatMap((each, position) => {
    const here = at.index(position)
    const name = each.name ? complaints(here.child('name'), each.name, isRelaxedEnvVarName(each.name)) : [required(here.child('name'))]
    return [...name, ...validateValueFrom(each, volumes, here.child('valueFrom'))]
  })
}

function validateValueFrom({ value, valueFrom }: EnvVar, volumes: Volumes, at: FieldPath): FieldError[] {
  if (!valueFrom) return []
  const errors: FieldError[] = []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, envFields, at.child('fieldRef')))
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), false))
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, at.child('configMapKeyRef')))
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, at.child('secretKeyRef')))
  if (fileKeyRef) errors.push(...validateFileKeyRef(fileKeyRef, volumes, at.child('fileKeyRef')))
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  if (sources === 0) errors.push(invalidValue(at, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'))
  else if (value) errors.push(invalidValue(at, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) errors.push(invalidValue(at, '', 'may not have more than one field specified at a time'))
  return errors
}

function validateKeyRef({ name, key }: { name?: string; key: string }, at: FieldPath): FieldError[] {
  return [
    ...complaints(at.child('name'), name ?? '', nameIsDnsSubdomain(name ?? '', false)),
    ...(key ? complaints(at.child('key'), key, isConfigMapKey(key)) : [required(at.child('key'))]),
  ]
}

/** A file that an earlier container left in an emptyDir (KEP-3721). */
function validateFileKeyRef({ key, volumeName, path }: FileKeySelector, volumes: Volumes, at: FieldPath): FieldError[] {
  const volume = volumes.get(volumeName)
  return [
    ...(key ? complaints(at.child('key'), key, isRelaxedEnvVarName(key)) : [required(at.child('key'))]),
    ...requiredText(at.child('volumeName'), volumeName),
    ...(volume && !volume.emptyDir ? [invalidValue(at.child('volumeName'), volumeName, 'referenced volume must be of type emptyDir')] : []),
    ...(path ? localPath(at.child('path'), path) : [required(at.child('path'))]),
  ]
}

export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, at: FieldPath): FieldError[] {
  return (sources ?? []).flatMap(({ prefix, configMapRef, secretRef }, position) => {
    const here = at.index(position)
    const errors: FieldError[] = []
    if (prefix) errors.push(...complaints(here.child('prefix'), prefix, isRelaxedEnvVarName(prefix)))
    if (configMapRef) errors.push(...validateReference(configMapRef, here.child('configMapRef', 'name')))
    if (secretRef) errors.push(...validateReference(secretRef, here.child('secretRef', 'name')))
    if (!configMapRef && !secretRef) errors.push(invalidValue(at, '', 'must specify one of: `configMapRef` or `secretRef`'))
    if (configMapRef && secretRef) errors.push(invalidValue(at, '', 'may not have more than one field specified at a time'))
    return errors
  })
}

function validateReference({ name }: { name?: string }, at: FieldPath): FieldError[] {
  return name ? complaints(at, name, nameIsDnsSubdomain(name, true)) : [required(at)]
}
