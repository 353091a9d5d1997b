/** What a rendering comes to: objects to apply in order, and hooks. */

/** In the case of Helm's own names. */
export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test'

export interface ManifestHead {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
}

export interface Manifest {
  /** The path of its template. */
  readonly path: string
  readonly content: string
  readonly head: ManifestHead
}

export interface Hook {
  readonly name: string
  readonly kind: string
  readonly path: string
  readonly manifest: string
  readonly events: readonly HookEvent[]
  readonly weight: number
  readonly deletePolicies: readonly string[]
  readonly outputLogPolicies: readonly string[]
}

export interface RenderedRelease {
  /** What Helm stores as the manifest: the documents in order of installation, each headed by its source. */
  readonly manifest: string
  readonly manifests: readonly Manifest[]
  readonly hooks: readonly Hook[]
  /** What the hooks are called for that Helm does not know, and leaves out. */
  readonly unknownHooks: readonly string[]
  readonly notes: string
}
