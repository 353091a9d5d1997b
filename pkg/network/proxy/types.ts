/** Contracts of the Service proxy (upstream: kube-proxy in nftables mode). */
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { IpFamily } from '../ip.ts'
import type { Service } from '#api/gen/core/v1.ts'

/** The node that the rules are for. */
export interface NodeView {
  readonly name: string
  /** Its InternalIP of the family. */
  readonly address?: string | undefined
  /** Of the table that the rules are for: only this family's addresses count. */
  readonly family: IpFamily
  /** Label topology.kubernetes.io/zone, when the node has it. */
  readonly zone?: string | undefined
  /** Service addresses that something on the node itself answers (cluster DNS): never translated. */
  readonly ownAddresses: ReadonlySet<string>
}

/**
 * Elements of the table's sets and maps: "SET KEY" → value, in nft's own words ("" for a set).
 * The set's name has no blank, so the first one parts the two.
 */
export type Elements = ReadonlyMap<string, string>

/** What a Service means on one node. */
export interface CompiledService {
  readonly elements: Elements
  /** For a health-check node port: how many endpoints on this node serve. */
  readonly health?: { readonly port: number; readonly namespace: string; readonly name: string; readonly localEndpoints: number }
  /** How many of its ports have endpoints, but none on this node for a policy that wants them here. */
  readonly withoutLocal: { readonly internal: number; readonly external: number }
  /** UDP only: "ADDRESS PORT" ("* PORT" for a node port) → "ADDRESS PORT" of the endpoints that flows to it may go on to. */
  readonly udp: ReadonlyMap<string, ReadonlySet<string>>
}

export type CompileService = (service: Service, slices: readonly EndpointSlice[], node: NodeView, ids: MarkIds) => CompiledService

/** Numbers for endpoint sets and for the places in them; see `marks.ts` for how they share a mark. */
export interface MarkIds {
  setId(owner: string): number
  slot(setId: number, endpoint: string): number
  /** Forgets places that are no longer used. */
  keepSlots(setId: number, endpoints: ReadonlySet<string>): void
  release(owner: string): void
}
