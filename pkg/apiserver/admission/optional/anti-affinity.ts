/** LimitPodHardAntiAffinityTopology: what a pod must not share may be its node, and nothing larger. */
import type { Pod } from '#api/gen/core/v1.ts'
import { forbidden } from '#apimachinery/status-error.ts'
import type { AdmissionPlugin } from '../../types.ts'
import { isFor } from '../types.ts'

const hostname = 'kubernetes.io/hostname'

export const limitPodHardAntiAffinityTopology = (): AdmissionPlugin => ({
  name: 'LimitPodHardAntiAffinityTopology',
  handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE', 'UPDATE']),
  validate({ object }) {
    const { metadata, spec } = object as Pod
    const wide = spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.find(({ topologyKey }) => topologyKey !== hostname)
    if (!wide) return
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${hostname} is allowed`
    throw forbidden({ group: '', resource: 'pods' }, metadata.name ?? '', why)
  },
})
