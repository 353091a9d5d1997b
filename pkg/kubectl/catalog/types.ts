/** The server's resources, and how words of a command line name them. */
import type { ResourceRef } from '#apimachinery/object.ts'

export interface ApiResource extends ResourceRef {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: readonly string[]
  /** In its group's preferred version. */
  readonly preferred: boolean
}

export interface Catalog {
  /** Groups as the server orders them, every version of each. */
  readonly resources: readonly ApiResource[]
  readonly groupVersions: readonly { readonly group: string; readonly version: string; readonly preferred: boolean }[]
  readonly failures: ReadonlyMap<string, Error>
  /** "po", "deployments.apps", "deploy.v1.apps", "Pod"; undefined when there is none. */
  find(text: string): ApiResource | undefined
  /** As `find`, or throws in kubectl's words. */
  resolve(text: string): ApiResource
  byKind(apiVersion: string, kind: string): ApiResource | undefined
  /** Members of a category ("all"); undefined when it is none. */
  category(name: string): readonly ApiResource[] | undefined
}
