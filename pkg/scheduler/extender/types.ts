/** An extender as configured. A verb that is not set is none of its business. */
export interface ExtenderConfig {
  readonly urlPrefix: string
  readonly filterVerb?: string
  readonly prioritizeVerb?: string
  readonly preemptVerb?: string
  readonly bindVerb?: string
  readonly weight?: number
  readonly tls?: ExtenderTls
  readonly httpTimeoutMs: number
  /** It knows nodes by name: names are sent, not objects. */
  readonly nodeCacheCapable: boolean
  /** Only pods that ask for one of these are its business; none: all are. */
  readonly managedResources: readonly string[]
  /** The pod is placed without it when it does not answer. */
  readonly ignorable: boolean
}

/** PEM texts. */
export interface ExtenderTls {
  readonly insecure: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
}
