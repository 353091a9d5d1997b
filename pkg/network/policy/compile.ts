/**
 * What the policies of the cluster mean for the pods of one node (the API's "NetworkPolicy" page: a pod that any policy selects is
 * isolated in that policy's directions, and then may do what any of them allows). Pure: the same input, the same table.
 */
import { createHash } from 'node:crypto'
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#api/gen/networking/v1.ts'
import { selectorOf } from '#client/selector.ts'
import { ipNumber } from '../ip.ts'
import { blockSpans, inSpans, joinSpans } from './spans.ts'
import type { AcceptRule, Direction, PolicyInput, PolicyPod, PolicyTable, Protocol, Span } from './types.ts'

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[]
  readonly ports: readonly NetworkPolicyPort[]
}

export function compile(input: PolicyInput): PolicyTable {
  const work = new Compilation(input)
  for (const policy of [...input.policies].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) work.addPolicy(policy)
  return work.table()
}

class Compilation {
  readonly #input: PolicyInput
  readonly #podsByNamespace: ReadonlyMap<string, readonly PolicyPod[]>
  readonly #addressSets = new Map<string, Set<string>>()
  readonly #portSets = new Map<string, Set<string>>()
  readonly #policyChains = new Map<string, AcceptRule[]>()
  /** Address of a pod of this node → the chains it goes through. */
  readonly #chainsOf = { ingress: new Map<string, string[]>(), egress: new Map<string, string[]>() }

  constructor(input: PolicyInput) {
    this.#input = input
    this.#podsByNamespace = Map.groupBy(input.pods, (pod) => pod.namespace)
  }

  addPolicy(policy: NetworkPolicy): void {
    const { spec, metadata } = policy
    const selects = selectorOf(spec.podSelector)
    const selected = (this.#podsByNamespace.get(metadata.namespace ?? '') ?? []).filter((pod) => pod.nodeName === this.#input.nodeName && selects(pod.labels))
    // Policies that concern no pod here cost the kernel nothing.
    if (selected.length === 0) return
    const id = shortHash(keyOf(policy))
    for (const direction of directionsOf(policy)) {
      const chain = `policy-${id}-${direction}`
      this.#policyChains.set(
        chain,
        rulesOf(policy, direction).flatMap((rule, index) => this.#compileRule(rule, direction, `${chain}-${index}`, policy, selected)),
      )
      for (const { address } of selected) {
        const chains = this.#chainsOf[direction].get(address)
        if (chains) chains.push(chain)
        else this.#chainsOf[direction].set(address, [chain])
      }
    }
  }

  table(): PolicyTable {
    const podChains = new Map<string, readonly string[]>()
    const isolate = (direction: Direction) => {
      const isolated = new Map<string, string>()
      for (const [address, chains] of this.#chainsOf[direction]) {
        const name = `pods-${shortHash(chains.join(' '))}`
        podChains.set(name, chains)
        isolated.set(address, name)
      }
      return isolated
    }
    const isolated = { ingress: isolate('ingress'), egress: isolate('egress') }
    return { family: this.#input.family, addressSets: this.#addressSets, portSets: this.#portSets, policyChains: this.#policyChains, podChains, isolated }
  }

  #compileRule(rule: Rule, direction: Direction, name: string, policy: NetworkPolicy, selected: readonly PolicyPod[]): AcceptRule[] {
    const anyone = rule.peers.length === 0
    const podPeers = rule.peers.filter((each) => !each.ipBlock)
    const spans = joinSpans(rule.peers.flatMap((each) => (each.ipBlock ? blockSpans(each.ipBlock, this.#input.family) : [])))
    const peerPods = podPeers.length > 0 ? this.#podsOf(podPeers, policy.metadata.namespace ?? '') : []
    const who: Partial<AcceptRule>[] = anyone ? [{}] : []
    if (podPeers.length > 0) {
      this.#addressSets.set(name, new Set(peerPods.map((pod) => pod.address)))
      who.push({ peerSet: name })
    }
    if (spans.length > 0) who.push({ peerSpans: spans })
    // A named port is the destination pod's own: of the selected pods for ingress, of the peers for egress.
    const destinations = () => {
      if (direction === 'ingress') return selected
      if (anyone) return this.#input.pods
      return [...new Set([...peerPods, ...this.#input.pods.filter((pod) => inSpans(ipNumber(pod.address), spans))])]
    }
    return this.#portConditions(rule.ports, destinations, name).flatMap((where) => who.map((each) => ({ direction, ...each, ...where })))
  }

  #portConditions(ports: readonly NetworkPolicyPort[], destinations: () => readonly PolicyPod[], name: string): Partial<AcceptRule>[] {
    if (ports.length === 0) return [{}]
    const conditions: Partial<AcceptRule>[] = []
    const numbered = new Map<Protocol, Span[]>()
    const named = new Set<string>()
    for (const { protocol: given, port, endPort } of ports) {
      const protocol = (given ?? 'TCP').toLowerCase() as Protocol
      if (port === undefined || port === '') conditions.push({ protocol })
      else if (typeof port === 'number') numbered.set(protocol, [...(numbered.get(protocol) ?? []), [BigInt(port), BigInt(Math.max(port, endPort ?? port))]])
      else
        for (const pod of destinations())
          for (const each of pod.ports) if (each.name === port && each.protocol === protocol) named.add(`${pod.address} . ${protocol} . ${each.port}`)
    }
    for (const [protocol, spans] of numbered) conditions.push({ protocol, ports: joinSpans(spans) })
    if (ports.some((each) => typeof each.port === 'string' && each.port !== '')) {
      this.#portSets.set(`${name}-named`, named)
      conditions.push({ namedPorts: `${name}-named` })
    }
    return conditions
  }

  #podsOf(peers: readonly NetworkPolicyPeer[], ownNamespace: string): PolicyPod[] {
    const found = new Set<PolicyPod>()
    for (const { podSelector, namespaceSelector } of peers) {
      const inNamespace = namespaceSelector && selectorOf(namespaceSelector)
      const isPod = podSelector ? selectorOf(podSelector) : () => true
      for (const [namespace, pods] of this.#podsByNamespace) {
        const here = inNamespace ? this.#input.namespaces.has(namespace) && inNamespace(this.#input.namespaces.get(namespace)) : namespace === ownNamespace
        if (here) for (const pod of pods) if (isPod(pod.labels)) found.add(pod)
      }
    }
    return [...found]
  }
}

function directionsOf({ spec }: NetworkPolicy): Direction[] {
  const types = spec.policyTypes?.length ? spec.policyTypes : ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])]
  return (['ingress', 'egress'] as const).filter((each) => types.some((type) => type.toLowerCase() === each))
}

function rulesOf({ spec }: NetworkPolicy, direction: Direction): Rule[] {
  if (direction === 'ingress') return (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }))
  return (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }))
}

function keyOf({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** Names of policies may be longer than what nft takes. */
function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
