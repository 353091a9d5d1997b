/** A range of the host's user ids for each pod with hostUsers: false (KEP-127), written beside the pod so that a restarted kubelet knows it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import type { UserNamespace } from '../cri/types.ts'
import type { KubeletPaths } from '../paths.ts'

export interface UserNamespaces {
  /** Undefined where the pod has the host's users. Throws when there is no range left. */
  of(pod: Pod): UserNamespace | undefined
}

export const hostUsersOnly: UserNamespaces = { of: () => undefined }

const defaultIds = 65_536
/** Of upstream's default, where the machine names no user "kubelet": all ids but the first 65,536, which are the host's own. */
const first = 65_536
const idSpace = 2 ** 32

interface Mapping {
  readonly hostId: number
  readonly containerId: number
  readonly length: number
}

export function userNamespaces(paths: Pick<KubeletPaths, 'pod' | 'pods'>, idsPerPod = defaultIds): UserNamespaces {
  const firstRange = Math.max(idsPerPod, first)
  const file = (uid: string) => join(paths.pod(uid), 'userns')
  const read = (uid: string): Mapping | undefined => {
    if (!existsSync(file(uid))) return undefined
    const { uidMappings } = JSON.parse(readFileSync(file(uid), 'utf8')) as { uidMappings: readonly Mapping[] }
    const [mapping] = uidMappings
    if (!mapping || uidMappings.length !== 1 || mapping.containerId !== 0) throw new Error(`user namespace: invalid user namespace mappings file ${file(uid)}`)
    return mapping
  }
  return {
    of({ metadata: { uid }, spec }) {
      if (spec.hostUsers !== false) return undefined
      const mapping = read(uid) ?? choose(uid)
      return { mode: 'POD', uids: [mapping], gids: [mapping] }
    },
  }

  /** A pod's range is free when its directory is gone. */
  function choose(uid: string): Mapping {
    const taken = new Set((existsSync(paths.pods) ? readdirSync(paths.pods) : []).map((other) => read(other)?.hostId))
    for (let hostId = firstRange; hostId + idsPerPod <= idSpace; hostId += idsPerPod) {
      if (taken.has(hostId)) continue
      const mapping = { hostId, containerId: 0, length: idsPerPod }
      mkdirSync(paths.pod(uid), { recursive: true })
      writeFileSync(file(uid), JSON.stringify({ uidMappings: [mapping], gidMappings: [mapping] }))
      return mapping
    }
    throw new Error('create user namespace: could not find an empty slot to allocate a user namespace')
  }
}
