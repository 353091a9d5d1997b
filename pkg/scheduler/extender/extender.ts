/**
 * Extenders: HTTP services that filter, score, choose victims and bind beside the plugins (kube-scheduler's extender/v1).
 * Messages have Go's field names; answers are read whatever their case, as Go reads them.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { createHttpsTransport } from '#client/https-transport.ts'
import type { Transport } from '#client/types.ts'
import { type Candidate, candidateOf } from '../plugins/default-preemption/candidate.ts'
import type { NodeInfo } from '../state/node-info.ts'
import type { PodInfo } from '../state/pod-info.ts'
import type { ExtenderConfig } from './types.ts'

export interface Extended {
  readonly nodes: readonly NodeInfo[]
  /** Why others are out, by node; `unresolvable` where removing pods does not help. */
  readonly failed: ReadonlyMap<string, { readonly reason: string; readonly unresolvable: boolean }>
}

const maxExtenderScore = 10
const maxNodeScore = 100
const maxAnswerBytes = 64 * 1024 * 1024

export class Extender {
  readonly config: ExtenderConfig
  readonly #transport: Transport

  constructor(config: ExtenderConfig) {
    this.config = config
    const { insecure, ...tls } = config.tls ?? { insecure: false }
    this.#transport = createHttpsTransport({ server: config.urlPrefix, ...tls, insecureSkipTlsVerify: insecure })
  }

  isInterested({ pod }: PodInfo): boolean {
    const { managedResources } = this.config
    if (managedResources.length === 0) return true
    const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
    return containers.some(({ resources }) => managedResources.some((name) => name in (resources?.requests ?? {}) || name in (resources?.limits ?? {})))
  }

  async filter(pod: Pod, nodes: readonly NodeInfo[]): Promise<Extended> {
    const { filterVerb, urlPrefix } = this.config
    if (!filterVerb) return { nodes, failed: new Map() }
    const answer = await this.#call(filterVerb, this.#arguments(pod, nodes))
    if (answer.error) throw new Error(String(answer.error))
    const names: string[] = answer.nodenames ?? (lowerKeys(answer.nodes)?.items ?? []).map((node: any) => node.metadata.name)
    const byName = new Map(nodes.map((node) => [node.name, node]))
    const kept = names.map((name) => {
      const node = byName.get(name)
      if (!node) throw new Error(`extender "${urlPrefix}" claims a filtered node "${name}" which is not found in the input node list`)
      return node
    })
    const failed = new Map<string, { reason: string; unresolvable: boolean }>()
    for (const [name, reason] of Object.entries(answer.failednodes ?? {})) failed.set(name, { reason: String(reason), unresolvable: false })
    for (const [name, reason] of Object.entries(answer.failedandunresolvablenodes ?? {})) failed.set(name, { reason: String(reason), unresolvable: true })
    return { nodes: kept, failed }
  }

  /** Adds its scores, on the plugins' scale. An extender that fails here scores nothing, as upstream. */
  async addScores(pod: Pod, nodes: readonly NodeInfo[], scores: Map<string, number>): Promise<void> {
    const { prioritizeVerb, weight = 1 } = this.config
    if (!prioritizeVerb) return
    const answer: unknown = await this.#call(prioritizeVerb, this.#arguments(pod, nodes)).catch(() => [])
    for (const each of Array.isArray(answer) ? answer : []) {
      const { host, score } = lowerKeys(each)
      scores.set(host, (scores.get(host) ?? 0) + Number(score) * weight * (maxNodeScore / maxExtenderScore))
    }
  }

  /** Which of the candidates are left, with whom they would end; `podsOf`: those that stand on a node, by uid. */
  async preempt(pod: Pod, candidates: readonly Candidate[]): Promise<Candidate[]> {
    const { preemptVerb, urlPrefix, nodeCacheCapable } = this.config
    const victimsOf = (of: (victim: PodInfo) => object) =>
      Object.fromEntries(candidates.map(({ node, victims, violations }) => [node.name, { Pods: victims.map(of), NumPDBViolations: violations }]))
    const answer = await this.#call(preemptVerb!, {
      Pod: pod,
      NodeNameToVictims: nodeCacheCapable ? null : victimsOf((victim) => victim.pod),
      NodeNameToMetaVictims: nodeCacheCapable ? victimsOf((victim) => ({ UID: victim.pod.metadata.uid })) : null,
    })
    return Object.entries(answer.nodenametometavictims ?? {}).map(([name, value]) => {
      const { pods = [], numpdbviolations: violations = 0 } = lowerKeys(value) ?? {}
      const node = candidates.find((each) => each.node.name === name)?.node
      if (!node) throw new Error(`nodeinfo not found for node name "${name}"`)
      const there = [...node.pods.values()]
      const victims = (pods ?? []).map((each: any) => {
        const { uid } = lowerKeys(each)
        const victim = there.find((other) => other.pod.metadata.uid === uid)
        if (!victim) throw new Error(`extender: ${urlPrefix} claims to preempt pod (UID: &{${uid}}) on node: ${name}, but the pod is not found on that node`)
        return victim
      })
      return candidateOf(node, victims, violations)
    })
  }

  async bind({ metadata: { name, namespace, uid } }: Pod, nodeName: string): Promise<void> {
    const answer = await this.#call(this.config.bindVerb!, { PodName: name, PodNamespace: namespace, PodUID: uid, Node: nodeName })
    if (answer.error) throw new Error(String(answer.error))
  }

  #arguments(pod: Pod, nodes: readonly NodeInfo[]): object {
    return this.config.nodeCacheCapable
      ? { Pod: pod, Nodes: null, NodeNames: nodes.map(({ name }) => name) }
      : { Pod: pod, Nodes: { metadata: {}, items: nodes.map(({ node }) => node) }, NodeNames: null }
  }

  async #call(verb: string, body: object): Promise<any> {
    const { urlPrefix, httpTimeoutMs } = this.config
    const response = await this.#transport.request({
      method: 'POST',
      path: `/${verb}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(httpTimeoutMs),
    })
    const url = `${urlPrefix.replace(/\/+$/, '')}/${verb}`
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.stream()) {
      length += chunk.length
      if (length > maxAnswerBytes) throw new Error(`the answer of the extender at ${url} is too long`)
      chunks.push(chunk)
    }
    if (response.status !== 200) throw new Error(`failed ${verb} with extender at URL ${url}, code ${response.status}`)
    return lowerKeys(JSON.parse(Buffer.concat(chunks).toString()))
  }
}

/** The keys of an object as Go finds them; null stays what it is. */
function lowerKeys(value: any): any {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([key, each]) => [key.toLowerCase(), each]),
  )
}
