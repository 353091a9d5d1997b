/** What the scheduler's words mean: each reason that its plugins give for a node, and what to do about it. */
import { podResources } from '#api/core/v1/quota/pod-resources.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { sentence } from './deletion.ts'
import type { Finding, Reader } from './types.ts'

/** First match wins. The words are those of the scheduler's plugins, upstream's of this release and of those before. */
const adviceOf: readonly (readonly [RegExp, string])[] = [
  [/Too many pods/, 'The nodes run as many pods as they may: remove some, add a node, or raise maxPods of the kubelet.'],
  [/untolerated taint/, 'Add a toleration to the pod, or take the taint off a node: kubectl taint nodes NODE KEY-.'],
  [/Pod's node affinity|node affinity\/selector|node selector/, "Give a node the labels that the pod's selector or affinity asks for."],
  [
    /PersistentVolume's node affinity|volume node affinity conflict/,
    'Its volume is tied to a node that cannot take the pod: free that node, or move the data.',
  ],
  [/no available volume zone/, 'Its volume is in a zone where no node can take the pod.'],
  [/were unschedulable/, 'Nodes are cordoned: kubectl uncordon NODE.'],
  [/free ports for the requested pod ports/, 'Another pod has the host port already: use another port, or a Service in place of hostPort.'],
  [/existing pods' anti-affinity|existing pods anti-affinity/, 'Pods that run there refuse it by their anti-affinity: add a node, or loosen theirs.'],
  [/pod anti-affinity/, 'It refuses to stand beside pods that are there already: add a node, want fewer replicas, or prefer instead of require.'],
  [/pod affinity/, 'It wants to stand beside pods that run on none of these nodes: start those first, or prefer instead of require.'],
  [/topology spread constraints \(missing required label\)/, 'Give the nodes the label that topologyKey of its spread constraint names.'],
  [/topology spread constraints/, 'Add a node in the emptier zones, raise maxSkew, or set whenUnsatisfiable to ScheduleAnyway.'],
  [/exceed max volume count/, 'The nodes have as many volumes as they can take: add a node.'],
  [/available persistent volumes to bind/, 'No volume fits its claim on these nodes: make one, or use a storage class that makes them.'],
  [/enough free storage/, 'Free storage where its volume would be made, or ask for a smaller one.'],
  [/unbound immediate PersistentVolumeClaims/, 'Its claims have to be bound first: k8ts why pvc/NAME tells what holds them.'],
  [/non-existent pv/, 'A volume that its claim is bound to was removed: make it again, or a new claim.'],
  [/ReadWriteOncePod access mode/, 'Only one pod may use that claim at a time: end the other one.'],
  [/no available disk/, 'Another pod uses the disk already, and it cannot be shared.'],
  [/didn't match the requested node name/, 'The node that its spec names does not exist or cannot take it.'],
  [/device class (\S+) does not exist/, 'Create the device class, or install the driver that brings it.'],
  [
    /cannot allocate all claims|resourceclaim not available|[Rr]esource[Cc]laim/,
    'No free device fits its resource claims: see that the driver of the devices runs, and what other pods hold.',
  ],
]
/** What came of looking for pods to preempt: it says that nothing helps, not what is wrong. */
const afterwards = /[,.]?\s*(no new claims to deallocate,?\s*)?preemption:[\s\S]*$|(?<=\.) not found\.?$/
const insufficient = /Insufficient (\S+)/

/** Takes a pod that no node was found for, and what the scheduler said of it; gives that, taken apart. */
export async function schedulingFindings(pod: any, message: string, reader: Reader): Promise<Finding[]> {
  const reasons = reasonsOf(message)
  const because: Finding[] = []
  for (const reason of reasons) {
    const resource = insufficient.exec(reason)?.[1]
    if (resource)
      because.push({ text: sentence(reason), because: await roomFor(pod, resource, reader), advice: `Ask for less ${resource}, make room, or add a node.` })
    else {
      const advice = adviceOf.find(([words]) => words.test(reason))?.[1]
      because.push({ text: sentence(reason), ...(advice ? { advice } : {}) })
    }
  }
  const text = `The scheduler says: ${sentence(message.replace(afterwards, ''))}`
  // One reason is in the sentence already: saying it twice would tell nothing.
  if (because.length === 1) return [{ ...because[0]!, text }]
  return [{ text, because: because.filter((each) => each.advice !== undefined) }]
}

/** "0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods. preemption: ..." without the counts and what preemption adds. */
export function reasonsOf(message: string): string[] {
  const [, listed = ''] = /^\d+\/\d+ nodes are available:\s*([\s\S]*)$/.exec(message) ?? []
  const reasons = (listed === '' ? message : listed).replace(afterwards, '').replace(/\.\s*$/, '')
  if (listed === '') return [reasons]
  // Taints and plugin lists have commas of their own, but none that a count follows.
  return reasons.split(/, (?=\d+ )/).map((reason) => reason.replace(/^\d+ /, ''))
}

/** Whether it would fit were a node empty: then room is wanting, else no node is large enough. */
async function roomFor(pod: any, resource: string, reader: Reader): Promise<Finding[]> {
  const wanted = quantity(podResources(pod, 'requests')[resource])
  const nodes = await reader.list('v1', 'Node', undefined)
  if (!wanted || nodes.length === 0) return []
  let largest: Quantity | undefined
  for (const node of nodes) {
    const has = quantity(node.status?.allocatable?.[resource])
    if (has && (!largest || has.compare(largest) > 0)) largest = has
  }
  if (!largest) return [{ text: `It asks for ${wanted} of ${resource}, which no node has.` }]
  if (largest.compare(wanted) < 0)
    return [{ text: `It asks for ${wanted} of ${resource}, and the largest node has ${largest} in all: it fits no node, however empty.` }]
  return [{ text: `It asks for ${wanted} of ${resource}; the largest node has ${largest}, but other pods have asked for it.` }]
}

/** A quantity that cannot be read is no cause of anything. */
function quantity(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined
  try {
    return Quantity.parse(text)
  } catch {
    return undefined
  }
}
