/** Which pods of a node a drain may take away (kubectl's pkg/drain filters, in their order). */
import { isNotFound } from '#apimachinery/status-error.ts'
import { messageForError } from '../../errors.ts'
import { getItem, listItems } from '../../resources/visit.ts'
import type { Item } from '../../resources/types.ts'
import { builtIn } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

export interface Judgement {
  readonly doomed: readonly Item[]
  /** "ignoring DaemonSet-managed Pods: a/b, a/c; …"; empty when there is nothing to warn of. */
  readonly warnings: string
  /** Each stands for a refusal of the whole node. */
  readonly refusals: readonly string[]
}

/** The last that a filter has to say counts. */
interface Verdict {
  readonly doomed: boolean
  readonly warning?: string
  readonly refusal?: string
}

export async function judgePods(invocation: Invocation, nodeName: string): Promise<Judgement> {
  const { flags } = invocation
  const pods = await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), undefined, {
    fieldSelector: `spec.nodeName=${nodeName}`,
    selector: flags.string('pod-selector'),
  })
  const doomed: Item[] = []
  const warned = new Map<string, string[]>()
  const refused = new Map<string, string[]>()
  const note = (into: Map<string, string[]>, text: string, { namespace, name }: Item): void =>
    void into.set(text, [...(into.get(text) ?? []), `${namespace}/${name}`])
  for (const pod of pods) {
    const verdict = await judge(invocation, pod)
    if (verdict.doomed) doomed.push(pod)
    if (verdict.warning) note(warned, verdict.warning, pod)
    if (verdict.refusal) note(refused, verdict.refusal, pod)
  }
  const lines = (notes: Map<string, string[]>): string[] => [...notes].map(([text, names]) => `${text}: ${names.join(', ')}`)
  return { doomed, warnings: lines(warned).join('; '), refusals: lines(refused).map((text) => `cannot delete ${text}`) }
}

async function judge(invocation: Invocation, pod: Item): Promise<Verdict> {
  const { flags } = invocation
  const { metadata, spec, status = {} } = pod.object
  const over = status.phase === 'Succeeded' || status.phase === 'Failed'
  const owner = metadata.ownerReferences?.find(({ controller }: any) => controller)
  if (isDyingLong(invocation, pod.object)) return { doomed: false }
  if (!over && owner?.kind === 'DaemonSet' && owner.apiVersion === 'apps/v1') {
    const gone = await missing(invocation, pod, owner.name)
    if (!gone)
      return flags.bool('ignore-daemonsets')
        ? { doomed: false, warning: 'ignoring DaemonSet-managed Pods' }
        : { doomed: false, refusal: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' }
    if (!flags.bool('force') || !isNotFound(gone.error))
      return { doomed: false, refusal: messageForError(gone.error).replace(/^Error from server \(\w+\): /, '') }
  }
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { doomed: false }
  if (!over && spec.volumes?.some((volume: any) => volume.emptyDir) && !flags.bool('delete-emptydir-data'))
    return { doomed: false, refusal: 'Pods with local storage (use --delete-emptydir-data to override)' }
  if (over || owner) return { doomed: true }
  return flags.bool('force')
    ? { doomed: true, warning: 'deleting Pods that declare no controller' }
    : { doomed: false, refusal: 'Pods that declare no controller (use --force to override)' }
}

/** Deleted longer ago than --skip-wait-for-delete-timeout. */
export function isDyingLong({ flags, now }: Invocation, { metadata }: any): boolean {
  const most = flags.int('skip-wait-for-delete-timeout')
  return most > 0 && metadata.deletionTimestamp !== undefined && Math.floor((now() - Date.parse(metadata.deletionTimestamp)) / 1000) > most
}

async function missing(invocation: Invocation, { namespace }: Item, name: string): Promise<{ readonly error: unknown } | undefined> {
  try {
    await getItem(invocation, await builtIn(invocation, 'apps/v1', 'DaemonSet'), namespace, name)
    return undefined
  } catch (error) {
    return { error }
  }
}
