/** Contracts of cluster DNS (upstream: the Kubernetes DNS-based service discovery specification, 1.1.0, and CoreDNS' kubernetes plugin). */
import type { Answer } from 'dns-packet'

/** What the cluster's own zones say about a name. */
export type ZoneAnswer =
  /** Ours: the records there are, none when the name exists without that type. `chase` is the target of an ExternalName. */
  | { readonly kind: 'found'; readonly answers: readonly Answer[]; readonly additionals?: readonly Answer[]; readonly chase?: string }
  | { readonly kind: 'nxdomain' }
  /** Not ours to know: ask upstream. */
  | { readonly kind: 'elsewhere' }

/** A query as its bytes show it, without decoding. */
export interface RawQuery {
  readonly id: number
  /** End of the question section. */
  readonly questionEnd: number
  /** The question in small letters, with all that may change the answer: the key of caches. */
  readonly key: string
  /** How large an answer the asker takes over UDP. */
  readonly udpLimit: number
  readonly hasEdns: boolean
  readonly dnssecOk: boolean
  /** The number of the type that is asked for. */
  readonly type: number
}
