/** Priority: a pod's number and preemption policy by its class, and one default class at most. */
import type { Pod } from '#api/gen/core/v1.ts'
import { priorityClasses } from '#api/gen/resources.ts'
import type { PriorityClass } from '#api/gen/scheduling/v1.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { Seed } from '../bootstrap/seed.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

export const systemPriorityClasses = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
] as const

const classOf = ({ name, value, description }: (typeof systemPriorityClasses)[number]) =>
  ({ metadata: { name }, value, description, preemptionPolicy: 'PreemptLowerPriority' }) as const

/** For a store that has nothing yet. */
export const systemPriorityClassSeed: Seed = { of: priorityClasses, objects: () => systemPriorityClasses.map(classOf) as never }

/** The two classes that the system itself uses; call at start. */
export async function reconcileSystemPriorityClasses(client: Client): Promise<void> {
  const { items } = await client.list(priorityClasses)
  for (const each of systemPriorityClasses) {
    if (items.some(({ metadata }) => metadata.name === each.name)) continue
    await client.create(priorityClasses, classOf(each)).catch((error) => {
      if (!isAlreadyExists(error)) throw error
    })
  }
}

export function priority(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, priorityClasses)
  const ofPod = async (name: string | undefined): Promise<PriorityClass | undefined> => {
    if (name) return reader.get(undefined, name)
    const defaults = (await reader.list()).filter((each) => each.globalDefault)
    // Should there be several, the lowest harms least.
    return defaults.sort((a, b) => a.value - b.value)[0]
  }
  return {
    name: 'Priority',
    handles: (attributes) =>
      isFor(attributes, '', 'pods', ['CREATE', 'UPDATE']) || isFor(attributes, 'scheduling.k8s.io', 'priorityclasses', ['CREATE', 'UPDATE', 'DELETE']),
    async admit(attributes) {
      if (attributes.resource !== 'pods') return
      const { spec } = attributes.object as Pod
      if (!spec) return
      if (attributes.operation === 'UPDATE') {
        const old = (attributes.oldObject as Pod).spec
        // Clients that do not know these fields send the pod back without them.
        if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority
        if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy
        return
      }
      const found = await ofPod(spec.priorityClassName)
      if (spec.priorityClassName && !found) throw refuse(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`)
      const value = found?.value ?? 0
      const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority'
      if (found) spec.priorityClassName = found.metadata.name!
      if (spec.priority !== undefined && spec.priority !== value)
        throw refuse(
          attributes,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
        )
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
        throw refuse(
          attributes,
          `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
        )
      spec.priority = value
      spec.preemptionPolicy = policy
    },
    async validate(attributes) {
      if (attributes.resource !== 'priorityclasses') return
      if (attributes.operation === 'DELETE') {
        const isSystem = systemPriorityClasses.some(({ name }) => name === attributes.name)
        if (isSystem) throw refuse(attributes, 'this is a system priority class and cannot be deleted')
        return
      }
      const wanted = attributes.object as PriorityClass
      if (!wanted.globalDefault) return
      const other = (await reader.list()).find((each) => each.globalDefault && each.metadata.name !== wanted.metadata.name)
      if (other) throw refuse(attributes, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`)
    },
  }
}
