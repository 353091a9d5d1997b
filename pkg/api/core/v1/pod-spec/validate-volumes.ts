/** Validation of a pod's volumes: their names, and that each has one source. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { Volume } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import type { PodSpecOptions } from './options.ts'
import { podVolumeSources, type SourceCheck, shortInitiatorMessage, isInitiatorTooLong } from './volume-sources.ts'

/** Volumes by name; those with errors are left out, so that mounts of them are "not found" as upstream. */
export type Volumes = ReadonlyMap<string, Volume>

export function validateVolumes(volumes: readonly Volume[] | undefined, at: FieldPath, options: PodSpecOptions): { volumes: Volumes; errors: FieldError[] } {
  const valid = new Map<string, Volume>()
  const errors: FieldError[] = []
  const claims = new Set(options.podName ? (volumes ?? []).filter(({ ephemeral }) => ephemeral).map(({ name }) => `${options.podName}-${name}`) : [])
  for (const [position, volume] of (volumes ?? []).entries()) {
    const here = at.index(position)
    const wrong = [...validateVolume(volume, here, options), ...validateName(volume, valid, here)]
    if (wrong.length === 0) valid.set(volume.name, volume)
    errors.push(...wrong)
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim && claims.has(claim))
      errors.push(invalidValue(here.child('persistentVolumeClaim', 'claimName'), claim, 'must not reference a PVC that gets created for an ephemeral volume'))
  }
  return { volumes: valid, errors }
}

function validateName({ name }: Volume, earlier: Volumes, at: FieldPath): FieldError[] {
  const here = at.child('name')
  const wrong = name ? complaints(here, name, isDns1123Label(name)) : [required(here)]
  return earlier.has(name) ? [...wrong, duplicate(here, name)] : wrong
}

function validateVolume(volume: Volume, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const given = podVolumeSources.filter(({ key }) => volume[key as keyof Volume] !== undefined)
  if (given.length === 0) return [required(at, 'must specify a volume type')]
  return [
    ...given.flatMap((source, position) => (position > 0 ? [tooMany(source, at)] : checkSource(source, volume, at, options))),
    ...(isInitiatorTooLong(volume.iscsi, volume.name) ? [invalidValue(at.child('name'), volume.name, shortInitiatorMessage)] : []),
    ...validateClaimName(volume, at, options, given[0]!.key === 'ephemeral'),
  ]
}

function checkSource({ key, path = key, check }: SourceCheck, volume: Volume, at: FieldPath, options: PodSpecOptions): FieldError[] {
  return check(volume[key as keyof Volume], at.child(path), options)
}

function tooMany({ key, tooManyPath = key }: SourceCheck, at: FieldPath): FieldError {
  return forbiddenField(at.child(tooManyPath), 'may not specify more than 1 volume type')
}

function validateClaimName({ name }: Volume, at: FieldPath, { podName }: PodSpecOptions, isEphemeral: boolean): FieldError[] {
  if (!isEphemeral || !podName || !name) return []
  const claim = `${podName}-${name}`
  return complaints(
    at.child('name'),
    name,
    nameIsDnsSubdomain(claim, false).map((message) => `PVC name ${JSON.stringify(claim)}: ${message}`),
  )
}
