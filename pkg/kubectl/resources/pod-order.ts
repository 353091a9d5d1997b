/** Which of an owner's pods is meant: upstream's `podutils`. Each pod has a row of numbers; the pod with the lesser row comes first. */

export type PodOrder = (left: any, right: any) => number

const never = Number.MAX_SAFE_INTEGER
const timeOf = (text: string | undefined): number => (text ? Date.parse(text) : never)

function readySince({ status }: any): number | undefined {
  const condition = (status?.conditions ?? []).find(({ type }: any) => type === 'Ready')
  return condition?.status === 'True' ? timeOf(condition.lastTransitionTime) : undefined
}

function restartsOf({ spec, status }: any): readonly [regular: number, sidecars: number] {
  const most = (statuses: any[] = []): number => Math.max(0, ...statuses.map(({ restartCount = 0 }) => restartCount))
  const sidecars = new Set((spec.initContainers ?? []).filter(({ restartPolicy }: any) => restartPolicy === 'Always').map(({ name }: any) => name))
  return [most(status?.containerStatuses), most(status?.initContainerStatuses?.filter(({ name }: any) => sidecars.has(name)))]
}

function orderBy(rowOf: (pod: any) => readonly number[]): PodOrder {
  return (left, right) => {
    const row = rowOf(right)
    const differences = rowOf(left).map((value, index) => value - row[index]!)
    return differences.find((difference) => difference !== 0) ?? 0
  }
}

/** Whose log is read: of those that run the longest ready one, and of those that are not ready the one that was restarted most (`ByLogging`). */
export const forLogs: PodOrder = orderBy((pod) => {
  const ready = readySince(pod)
  const [regular, sidecars] = restartsOf(pod)
  return [
    pod.spec.nodeName ? 0 : 1,
    { Unknown: 1, Pending: 2 }[pod.status?.phase as string] ?? 0,
    ready === undefined ? 1 : 0,
    ready ?? 0,
    -regular,
    -sidecars,
    timeOf(pod.metadata.creationTimestamp),
  ]
})

/** Which is attached to: one that runs, is ready, stays, and was restarted least (`ActivePods`, the last of which is taken). */
export const forAttaching: PodOrder = orderBy((pod) => {
  const ready = readySince(pod)
  const { deletionTimestamp, creationTimestamp } = pod.metadata
  return [
    pod.spec.nodeName ? 0 : 1,
    { Running: 0, Unknown: 1 }[pod.status?.phase as string] ?? 2,
    ready === undefined ? 1 : 0,
    deletionTimestamp ? 1 : 0,
    deletionTimestamp ? -timeOf(deletionTimestamp) : 0,
    ready ?? 0,
    ...restartsOf(pod),
    timeOf(creationTimestamp),
  ]
})
