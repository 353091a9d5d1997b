/** Puts a situation to an API server, and tells what its scheduler has decided. */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Transport } from '#client/types.ts'
import type { Situation } from './situations.ts'

export interface Decision {
  readonly node?: string
  readonly nominated?: string
  /** PodScheduled: status, reason, message. */
  readonly condition?: string
  /** Type, reason, action, whom it is about and the note, without those that are there twice. */
  readonly events: readonly string[]
  /** What it says on those whom the pod is to follow. */
  readonly victims?: Readonly<Record<string, string>>
}

/** A situation of its own namespace on that server; `index` tells it from others. */
export class Case {
  readonly #transport: Transport
  readonly #namespace: string
  readonly #situation: Situation
  readonly #made: string[] = []

  constructor(transport: Transport, index: number, situation: Situation) {
    this.#transport = transport
    this.#namespace = `situation-${index}`
    this.#situation = situation
  }

  /** All but the pod itself. */
  async prepare(): Promise<void> {
    const { nodes, objects = [], standing = [], ended = [] } = this.#situation
    await request(this.#transport, 'POST', '/api/v1/namespaces', { metadata: { name: this.#namespace } })
    for (const node of nodes) await this.#create('/api/v1/nodes', node)
    for (const [path, object] of objects) await this.#create(path.replace('NS', this.#namespace), object)
    for (const pod of standing) await this.#create(this.#pods, this.#admitted(pod))
    for (const name of ended) await request(this.#transport, 'DELETE', `${this.#pods}/${name}`)
  }

  async ask(): Promise<void> {
    await this.#create(this.#pods, this.#admitted(this.#situation.pod))
  }

  /** Something in it, or beside it, changes. */
  async change(method: string, path: string, body?: object): Promise<void> {
    const at = path.replace('NS', this.#namespace)
    if (method === 'POST') await this.#create(at, body)
    else await request(this.#transport, method, at, body)
  }

  /** What can be seen of it so far. */
  async decision(): Promise<Decision> {
    const { items: pods } = await request(this.#transport, 'GET', this.#pods)
    const { items: events } = await request(this.#transport, 'GET', `/apis/events.k8s.io/v1/namespaces/${this.#namespace}/events`)
    const asked = pods.find(({ metadata }: any) => metadata.name === 'asked')
    const condition = asked.status.conditions?.find(({ type }: any) => type === 'PodScheduled')
    const victims = Object.fromEntries(
      pods
        .filter(({ metadata }: any) => metadata.deletionTimestamp)
        .map(({ metadata, status }: any) => {
          const target = status.conditions?.find(({ type }: any) => type === 'DisruptionTarget')
          return [metadata.name, target ? `${target.status} ${target.reason}: ${target.message}` : '']
        }),
    )
    const lines = events.map(
      ({ type, reason, action, note, regarding, related, reportingController }: any) =>
        `${type} ${reason} ${action} by ${reportingController} on ${regarding.kind} ${regarding.name}${related ? ` with ${related.kind} ${related.name}` : ''}: ${note}`,
    )
    const text = JSON.stringify({
      node: asked.spec.nodeName,
      nominated: asked.status.nominatedNodeName,
      condition: condition && [condition.status, condition.reason, condition.message].filter(Boolean).join(' '),
      events: [...new Set<string>(lines)].sort(),
      victims: Object.keys(victims).length > 0 ? victims : undefined,
    })
    return JSON.parse(text.replaceAll(this.#namespace, 'NS').replaceAll(asked.metadata.uid, 'UID'))
  }

  /** Everything: schedulers look at all namespaces. */
  async clear(): Promise<void> {
    for (const path of this.#made.reverse()) await this.#remove(path)
    const { items } = await request(this.#transport, 'GET', this.#pods)
    for (const { metadata } of items) await this.#remove(`${this.#pods}/${metadata.name}`)
  }

  /** Whatever keeps it. */
  async #remove(path: string): Promise<void> {
    const left = await request(this.#transport, 'DELETE', `${path}?gracePeriodSeconds=0`)
    if (left.metadata.finalizers) await request(this.#transport, 'PUT', path, { ...left, metadata: { ...left.metadata, finalizers: [] } })
  }

  get #pods(): string {
    return `/api/v1/namespaces/${this.#namespace}/pods`
  }

  /** As the admission of priorities leaves it. */
  #admitted(pod: any): object {
    const found: any = this.#situation.objects?.find(([, object]: any) => object.metadata.name === pod.spec.priorityClassName)?.[1]
    if (!found) return pod
    const { value: priority, preemptionPolicy = 'PreemptLowerPriority' } = found
    return { ...pod, spec: { ...pod.spec, priority, preemptionPolicy } }
  }

  async #create(path: string, object: any): Promise<void> {
    const created = await request(this.#transport, 'POST', path, object)
    const own = `${path}/${object.metadata.name}`
    if (path !== this.#pods) this.#made.push(own)
    if (object.status && !path.endsWith('/nodes')) await request(this.#transport, 'PUT', `${own}/status`, { ...created, status: object.status })
  }
}

/** Asks that server; what it refuses is an error. */
export async function request(transport: Transport, method: string, path: string, body?: object): Promise<any> {
  const headers = { accept: 'application/json', ...(body ? { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } : {}) }
  const answer = await transport.request({ method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  const text = Buffer.from(await answer.bytes()).toString()
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** Until it looks decided. */
export async function untilDecided(it: Case, isDecided: (decision: Decision) => boolean, attempts: number): Promise<Decision> {
  for (let attempt = 0; ; attempt++) {
    const decision = await it.decision()
    if (attempt >= attempts || isDecided(decision)) return decision
    await setTimeout(25)
  }
}
