/** Validation of a container's environment. */
import { type FieldError, type FieldPath, invalidValue, notFoundField, required } from '#apimachinery/field-error.ts'
import { isConfigMapKey, isDns1123Label, isRelaxedEnvVarName, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { EnvFromSource, EnvVar, FileKeySelector, PodSpec } from '#api/gen/core/v1.ts'
import { complaints, noBacksteps } from '../../../checks.ts'
import { containersWithPaths } from './containers-with-paths.ts'
import { validateFieldRef, validateResourceFieldRef } from './validate-field-ref.ts'

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

export function validateEnv(env: readonly EnvVar[] | undefined, at: FieldPath): FieldError[] {
  return (env ?? []).flatMap((each, position) => {
    const here = at.index(position)
    const name = each.name ? complaints(here.child('name'), each.name, isRelaxedEnvVarName(each.name)) : [required(here.child('name'))]
    return [...name, ...validateValueFrom(each, here.child('valueFrom'))]
  })
}

function validateValueFrom({ value, valueFrom }: EnvVar, at: FieldPath): FieldError[] {
  if (!valueFrom) return []
  const errors: FieldError[] = []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, envFields, at.child('fieldRef')))
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), false))
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, at.child('configMapKeyRef')))
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, at.child('secretKeyRef')))
  if (fileKeyRef) errors.push(...validateFileKeyRef(fileKeyRef, at.child('fileKeyRef')))
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
function validateFileKeyRef({ key, volumeName, path }: FileKeySelector, at: FieldPath): FieldError[] {
  return [
    ...(key ? complaints(at.child('key'), key, isRelaxedEnvVarName(key)) : [required(at.child('key'))]),
    ...(volumeName ? complaints(at.child('volumeName'), volumeName, isDns1123Label(volumeName)) : [required(at.child('volumeName'))]),
    ...(path ? noBacksteps(at.child('path'), path) : [required(at.child('path'))]),
  ]
}

/** What files of the environment lie on must be a volume of the pod that is gone with it. */
export function validateFileKeyVolumes(spec: PodSpec, at: FieldPath): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  return containersWithPaths(spec, at).flatMap(({ container, at: here }) =>
    (container.env ?? []).flatMap(({ valueFrom }, position) => {
      if (!valueFrom?.fileKeyRef) return []
      const { volumeName } = valueFrom.fileKeyRef
      const nameAt = here.child('env').index(position).child('valueFrom', 'fileKeyRef', 'volumeName')
      const volume = volumes.get(volumeName)
      if (!volume) return [notFoundField(nameAt, volumeName)]
      return volume.emptyDir ? [] : [invalidValue(nameAt, volumeName, 'referenced volume must be of type emptyDir')]
    }),
  )
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
