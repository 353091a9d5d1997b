/** Bound volumes with zone labels must be in the node's zone. */
import type { PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'
import { isOwnClaim } from '../../state/claim-names.ts'
import type { Objects } from '../../state/objects.ts'
import { classNameOf, classOf } from '../volume-binding/claims.ts'

const noZone: Verdict = { plugin: 'VolumeZone', reasons: ['node(s) had no available volume zone'], resolvable: false }
const zoneLabels = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]

interface ZoneDemand {
  readonly key: string
  readonly values: ReadonlySet<string>
}

export const volumeZone: Plugin<readonly ZoneDemand[]> = {
  name: 'VolumeZone',
  ignoresPods: true,
  preFilter({ pod, objects }) {
    const demands: ZoneDemand[] = []
    for (const name of pod.claims) {
      const claim = objects.claims.get(pod.namespace, name)
      if (!claim) return rejected(`persistentvolumeclaim "${name}" not found`)
      const volumeName = claim.spec?.volumeName
      const problem = volumeName ? undefined : unboundProblem(claim, objects)
      if (problem !== undefined) return rejected(problem)
      if (!volumeName) continue
      const volume = objects.volumes.get(undefined, volumeName)
      if (!volume) return rejected(`persistentvolume "${volumeName}" not found`)
      for (const key of zoneLabels) {
        const value = volume.metadata.labels?.[key]
        if (value !== undefined) demands.push({ key, values: new Set(value.split('__')) })
      }
    }
    return demands.length === 0 ? { skip: true } : { state: demands }
  },
  filter(demands, _cycle, { nodes, verdicts, length }) {
    for (let i = 0; i < length; i++) {
      if (verdicts[i] !== undefined) continue
      const { labels } = nodes[i]!
      // A node that knows nothing of zones takes any volume.
      if (!zoneLabels.some((key) => labels[key] !== undefined)) continue
      if (!demands.every(({ key, values }) => values.has(labels[key] ?? labels[modern(key)] ?? ''))) verdicts[i] = noZone
    }
  },
  interests: [
    { event: 'Node/Add' },
    { event: 'Node/UpdateLabel' },
    { event: 'PersistentVolumeClaim/Change', hint: isOwnClaim },
    {
      event: 'PersistentVolume/Change',
      hint: (_pod, now, before) => !before || zoneLabels.some((key) => now.metadata.labels?.[key] !== before.metadata.labels?.[key]),
    },
    // Only a new one: a binding mode cannot change.
    { event: 'StorageClass/Change', hint: (_pod, now, before) => !before && now.volumeBindingMode === 'WaitForFirstConsumer' },
  ],
}

function rejected(reason: string): { readonly rejected: Verdict } {
  return { rejected: { ...noZone, reasons: [reason] } }
}

/** A claim without a volume will have one wherever its pod goes, or is a mistake. */
function unboundProblem(claim: PersistentVolumeClaim, objects: Objects): string | undefined {
  const className = classNameOf(claim)
  if (className === '') return 'PersistentVolumeClaim had no pv name and storageClass name'
  const storageClass = classOf(claim, objects)
  if (!storageClass) return `storageclass.storage.k8s.io "${className}" not found`
  if (storageClass.volumeBindingMode === undefined) return `VolumeBindingMode not set for StorageClass "${className}"`
  return storageClass.volumeBindingMode === 'WaitForFirstConsumer' ? undefined : 'PersistentVolume had no name'
}

function modern(key: string): string {
  return key.replace('failure-domain.beta.kubernetes.io', 'topology.kubernetes.io')
}
