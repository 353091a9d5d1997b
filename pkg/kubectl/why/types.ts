/** What `why` finds: one sentence for a reader, and what is below it. */
export interface Finding {
  /** A whole sentence in plain words. */
  readonly text: string
  /** What leads on from here: owners' pods, events, the cause of the cause. */
  readonly because?: readonly Finding[]
  /** What a reader can do, when it is clear. */
  readonly advice?: string
}

/** How the finders read the cluster; what may not be read or is not there is undefined or empty, never an error. */
export interface Reader {
  get(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<any | undefined>
  list(apiVersion: string, kind: string, namespace: string | undefined, selector?: string, fieldSelector?: string): Promise<readonly any[]>
  /** Oldest first. */
  events(object: any): Promise<readonly any[]>
  /** The last lines that a container wrote before it ended. */
  lastWords(pod: any, container: string, previous: boolean): Promise<string>
  now(): number
}

/** Nothing to tell gives no findings. */
export type Finder = (object: any, reader: Reader) => Promise<readonly Finding[]>

/** Owners and owned are followed this far. */
export const maxDepth = 5
/** Of many alike, so many are told. */
export const maxAlike = 3
