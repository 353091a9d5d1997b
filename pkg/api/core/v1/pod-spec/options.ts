/** What decides how strictly a pod's spec is looked at: pods of their own are checked for more than those in templates. */
export interface PodSpecOptions {
  readonly isPod: boolean
  /** The pod's own name, where it has one: claims of ephemeral volumes are named after it. */
  readonly podName?: string
}

export const inTemplate: PodSpecOptions = { isPod: false }
