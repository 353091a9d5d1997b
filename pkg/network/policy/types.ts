/**
 * Contracts of network policies on one node (upstream: what the NetworkPolicy API asks of a network provider).
 *
 * `compile.ts` makes a PolicyTable of what the cluster wants, `rules.ts` writes it (or what changed in it) in nft's words.
 */
import type { Labels } from '#client/selector.ts'
import type { NetworkPolicy } from '#api/gen/networking/v1.ts'
import type { IpFamily } from '../ip.ts'

/** As much of a pod as policies can see. */
export interface PolicyPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  /** Of the table's family. */
  readonly address: string
  readonly nodeName: string
  readonly ports: readonly NamedPort[]
}

export interface NamedPort {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
}

export type Protocol = 'tcp' | 'udp' | 'sctp'
export type Direction = 'ingress' | 'egress'

export interface PolicyInput {
  /** Each family has a table of its own: addresses and blocks of the other mean nothing to it. */
  readonly family: IpFamily
  readonly nodeName: string
  readonly policies: readonly NetworkPolicy[]
  readonly pods: readonly PolicyPod[]
  /** Labels of each namespace. */
  readonly namespaces: ReadonlyMap<string, Labels>
}

/** Addresses or ports from the first to the last, both included. */
export type Span = readonly [first: bigint, last: bigint]

/** What is accepted; an absent part puts no condition. The peer is the source of ingress and the destination of egress. */
export interface AcceptRule {
  readonly direction: Direction
  /** Name of a set of pod addresses that the peer must be in. */
  readonly peerSet?: string
  /** Addresses that the peer must be in. */
  readonly peerSpans?: readonly Span[]
  readonly protocol?: Protocol
  readonly ports?: readonly Span[]
  /** Name of a set of (destination, protocol, port). */
  readonly namedPorts?: string
}

export interface PolicyTable {
  readonly family: IpFamily
  /** Sets of "ADDRESS". */
  readonly addressSets: ReadonlyMap<string, ReadonlySet<string>>
  /** Sets of "ADDRESS . PROTOCOL . PORT". */
  readonly portSets: ReadonlyMap<string, ReadonlySet<string>>
  /** A chain for each direction of each policy. */
  readonly policyChains: ReadonlyMap<string, readonly AcceptRule[]>
  /** A chain for each combination of policies that a pod is under: those chains in turn, then drop. */
  readonly podChains: ReadonlyMap<string, readonly string[]>
  /** Isolated pods of this node: address → pod chain. */
  readonly isolated: Readonly<Record<Direction, ReadonlyMap<string, string>>>
}
