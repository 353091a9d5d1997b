/** What was rolled out before: replica sets of a deployment, controller revisions of the others. */
import { CommandError } from '../../errors.ts'
import { changeCause } from '../../resources/change-cause.ts'
import type { Item } from '../../resources/types.ts'
import { listItems } from '../../resources/visit.ts'
import { builtIn } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

export interface Revision {
  readonly number: number
  readonly cause: string | undefined
  /** The pod template as it was. */
  readonly template: any
  /** What a patch of the owner takes back: controller revisions hold it as it is. */
  readonly data?: any
  /** The replica set, or the owner as it was. */
  readonly object: any
}

const causeOf = (object: any): string | undefined => object.metadata?.annotations?.[changeCause]

/** "ReplicaSet.apps". */
export const groupKind = ({ resource: { kind, group } }: Item): string => (group ? `${kind}.${group}` : kind)

/** In order of their numbers. */
export async function revisionsOf(invocation: Invocation, item: Item): Promise<Revision[]> {
  const { object, namespace, resource } = item
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(resource.kind))
    throw new CommandError(`error: no history viewer has been implemented for ${JSON.stringify(groupKind(item))}`)
  const { formatLabelSelector } = await import('#apimachinery/labels.ts')
  const selector = formatLabelSelector(object.spec.selector)
  const isDeployment = resource.kind === 'Deployment'
  const of = await builtIn(invocation, 'apps/v1', isDeployment ? 'ReplicaSet' : 'ControllerRevision')
  const owned = (await listItems(invocation, of, namespace, { selector })).filter((each) =>
    each.object.metadata.ownerReferences?.some((owner: any) => owner.controller && owner.uid === object.metadata.uid),
  )
  const revisions = owned.map(({ object: each }): Revision => {
    if (!isDeployment) {
      const { $patch: _, ...template } = each.data?.spec?.template ?? {}
      return { number: each.revision, cause: causeOf(each), template, data: each.data, object: { ...object, spec: { ...object.spec, template } } }
    }
    const { template } = each.spec
    return {
      number: Number(each.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
      cause: causeOf(each) ?? causeOf(template),
      template,
      object: each,
    }
  })
  return revisions.filter(({ number }) => Number.isInteger(number)).sort((one, other) => one.number - other.number)
}
