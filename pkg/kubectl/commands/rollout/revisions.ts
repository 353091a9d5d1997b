/** What was rolled out before: replica sets of a deployment, controller revisions of the others. */
import { CommandError } from '../../errors.ts'
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
}

const causeOf = (object: any): string | undefined => object.metadata?.annotations?.['kubernetes.io/change-cause']

/** In order of their numbers. */
export async function revisionsOf(invocation: Invocation, { object, namespace, resource }: Item): Promise<Revision[]> {
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(resource.kind))
    throw new CommandError(`error: no history viewer has been implemented for ${JSON.stringify(resource.kind)}`)
  const { formatLabelSelector } = await import('#apimachinery/labels.ts')
  const selector = formatLabelSelector(object.spec.selector)
  const isDeployment = resource.kind === 'Deployment'
  const of = await builtIn(invocation, 'apps/v1', isDeployment ? 'ReplicaSet' : 'ControllerRevision')
  const owned = (await listItems(invocation, of, namespace, { selector })).filter((each) =>
    each.object.metadata.ownerReferences?.some((owner: any) => owner.controller && owner.uid === object.metadata.uid),
  )
  const revisions = owned.map(({ object: each }): Revision => {
    if (!isDeployment) return { number: each.revision, cause: causeOf(each), template: each.data?.spec?.template, data: each.data }
    return { number: Number(each.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0), cause: causeOf(each), template: each.spec.template }
  })
  return revisions.filter(({ number }) => number > 0).sort((a, b) => a.number - b.number)
}
