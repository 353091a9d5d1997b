/** What the server warns of in volumes: sources that are no more, and files that hide a token. */
import type { FieldPath } from '#apimachinery/field-error.ts'
import type { Volume, VolumeProjection } from '#api/gen/core/v1.ts'
import { claimSpecWarnings } from '../persistent-volume-claim/warnings.ts'

/** Source, how upstream's path names it, and what became of it. */
const removed = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const

export function volumeWarnings(volumes: readonly Volume[], at: FieldPath): string[] {
  const ofSources = volumes.flatMap((volume, position) => [
    ...removed.filter(([source]) => volume[source]).map(([, name, message]) => `${at.index(position).child(name)}: ${message}`),
    ...(volume.ephemeral?.volumeClaimTemplate
      ? claimSpecWarnings(volume.ephemeral.volumeClaimTemplate.spec, at.index(position).child('ephemeral', 'volumeClaimTemplate', 'spec'))
      : []),
  ])
  return [...ofSources, ...volumes.flatMap(overlapWarnings)]
}

interface File {
  readonly path: string
  /** Where several sources meet in one volume. */
  readonly source?: string
}

/** Files of one volume whose paths are the same, or one of which would be a directory of the other. */
function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const told = (of: string, files: readonly File[]) => overlaps(files).map((pair) => `volume ${quoted(name)} (${of}): overlapping paths: ${pair}`)
  return [
    ...told(`ConfigMap ${quoted(configMap?.name)}`, filesOf(configMap?.items)),
    ...told(`Secret ${quoted(secret?.secretName)}`, filesOf(secret?.items)),
    ...told('DownwardAPI', filesOf(downwardAPI?.items)),
    ...(projected?.sources ?? []).filter(isEmpty).map(() => `volume ${quoted(name)} (Projected) has no sources provided`),
    ...told('Projected', (projected?.sources ?? []).flatMap(filesOfSource)),
  ]
}

const quoted = (text: string | undefined): string => JSON.stringify(text ?? '')
const isEmpty = (source: VolumeProjection): boolean => Object.keys(source).length === 0

function filesOf(items: readonly { readonly path?: string }[] | undefined, source?: string): File[] {
  return (items ?? []).map(({ path = '' }) => ({ path: path.replace(/\/+$/, ''), ...(source === undefined ? {} : { source }) }))
}

function filesOfSource({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle }: VolumeProjection): File[] {
  if (configMap) return filesOf(configMap.items, `ConfigMap ${quoted(configMap.name)}`)
  if (secret) return filesOf(secret.items, `Secret ${quoted(secret.name)}`)
  if (downwardAPI) return filesOf(downwardAPI.items, 'DownwardAPI')
  if (serviceAccountToken) return filesOf([serviceAccountToken], 'ServiceAccountToken')
  return clusterTrustBundle ? filesOf([clusterTrustBundle], `ClusterTrustBundle ${quoted(clusterTrustBundle.name ?? clusterTrustBundle.signerName)}`) : []
}

function overlaps(files: readonly File[]): string[] {
  return files.flatMap((file, position) =>
    files
      .slice(0, position)
      .filter(({ path }) => path !== '' && file.path !== '' && (`${path}/`.startsWith(`${file.path}/`) || `${file.path}/`.startsWith(`${path}/`)))
      .map((earlier) => `${named(file)} with ${named(earlier)}`),
  )
}

function named({ path, source }: File): string {
  return source === undefined ? quoted(path) : `${quoted(path)} (${source})`
}
