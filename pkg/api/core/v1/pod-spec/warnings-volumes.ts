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
  const tokens = new Set(volumes.flatMap(({ projected }) => (projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken?.path ?? [])))
  return [
    ...volumes.flatMap((volume, position) => [
      ...removed.filter(([source]) => volume[source]).map(([, name, message]) => `${at.index(position).child(name)}: ${message}`),
      ...(volume.ephemeral?.volumeClaimTemplate
        ? claimSpecWarnings(volume.ephemeral.volumeClaimTemplate.spec, at.index(position).child('ephemeral', 'volumeClaimTemplate', 'spec'))
        : []),
    ]),
    ...volumes.flatMap(({ projected }, position) =>
      (projected?.sources ?? []).flatMap((source) => hidden(source, tokens, at.index(position).child('projected', 'sources'))),
    ),
  ]
}

function hidden({ configMap, secret, downwardAPI, clusterTrustBundle }: VolumeProjection, tokens: ReadonlySet<string>, at: FieldPath): string[] {
  const told = (where: FieldPath, path: string | undefined) =>
    path !== undefined && tokens.has(path) ? [`${where}: has duplicated path with ServiceAccountToken ${JSON.stringify(path)}`] : []
  return [
    ...(configMap?.items ?? []).flatMap(({ path }, position) => told(at.child('configMap').index(position), path)),
    ...(secret?.items ?? []).flatMap(({ path }, position) => told(at.child('secrets').index(position), path)),
    ...(downwardAPI?.items ?? []).flatMap(({ path }, position) => told(at.child('downwardAPI').index(position), path)),
    ...told(at.child('ClusterTrustBundle'), clusterTrustBundle?.path),
  ]
}
