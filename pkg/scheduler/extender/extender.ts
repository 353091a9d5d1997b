/**
 * Extenders: HTTP services that filter, score and bind beside the plugins (kube-scheduler's extender/v1).
 * Messages have Go's field names; answers are read whatever their case, as Go reads them.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import type { NodeInfo } from '../state/node-info.ts'
import type { PodInfo } from '../state/pod-info.ts'

export interface ExtenderConfig {
  readonly urlPrefix: string
  readonly filterVerb?: string
  readonly prioritizeVerb?: string
  readonly bindVerb?: string
  readonly weight?: number
  readonly httpTimeoutMs: number
  /** It knows nodes by name: names are sent, not objects. */
  readonly nodeCacheCapable: boolean
  /** Only pods that ask for one of these are its business; none: all are. */
  readonly managedResources: readonly string[]
  /** The pod is placed without it when it does not answer. */
  readonly ignorable: boolean
}

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

  constructor(config: ExtenderConfig) {
    this.config = config
  }

  isInterested({ pod }: PodInfo): boolean {
    const { managedResources } = this.config
    if (managedResources.length === 0) return true
    const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
    return containers.some(({ resources }) => managedResources.some((name) => name in (resources?.requests ?? {}) || name in (resources?.limits ?? {})))
  }

  async filter(pod: Pod, nodes: readonly NodeInfo[]): Promise<Extended> {
    const { filterVerb } = this.config
    if (!filterVerb) return { nodes, failed: new Map() }
    const answer = await this.#call(filterVerb, this.#arguments(pod, nodes))
    if (answer.error) throw new Error(String(answer.error))
    const names: string[] = answer.nodenames ?? (answer.nodes?.items ?? answer.nodes?.Items ?? []).map((node: any) => node.metadata.name)
    const kept = new Set(names)
    const failed = new Map<string, { reason: string; unresolvable: boolean }>()
    for (const [name, reason] of Object.entries(answer.failednodes ?? {})) failed.set(name, { reason: String(reason), unresolvable: false })
    for (const [name, reason] of Object.entries(answer.failedandunresolvablenodes ?? {})) failed.set(name, { reason: String(reason), unresolvable: true })
    return { nodes: nodes.filter(({ name }) => kept.has(name)), failed }
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
    const url = `${urlPrefix.replace(/\/+$/, '')}/${verb}`
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(httpTimeoutMs),
    })
    if (response.status !== 200) throw new Error(`failed ${verb} with extender at URL ${urlPrefix}, code ${response.status}`)
    const text = await response.text()
    if (text.length > maxAnswerBytes) throw new Error(`the answer of the extender at ${urlPrefix} is too long`)
    return lowerKeys(JSON.parse(text))
  }
}

function lowerKeys(value: any): any {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), each]))
}
