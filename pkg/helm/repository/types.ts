/** Repositories of charts: their list on this machine, and their indexes. */
export interface RepositoryEntry {
  readonly name: string
  readonly url: string
  readonly username: string
  readonly password: string
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
  readonly insecureSkipTlsVerify: boolean
  readonly passCredentialsAll: boolean
}

/** One version of a chart in an index: what its Chart.yaml says, and where it is. */
export interface ChartVersion {
  readonly metadata: import('../chart/types.ts').Metadata
  readonly urls: readonly string[]
  readonly created: string
  readonly digest: string
  readonly removed: boolean
}

export interface RepositoryIndex {
  readonly apiVersion: string
  readonly generated: string
  /** Newest first. */
  readonly entries: ReadonlyMap<string, readonly ChartVersion[]>
}

export const maxChartBytes = 128 << 20
export const maxProvenanceBytes = 1 << 20

/** A chart's archive, as it came. */
export interface Downloaded {
  readonly name: string
  readonly bytes: Buffer
  readonly provenance?: Buffer
  /** Who signed it, for people; where it was verified. */
  readonly verification?: string
  readonly url: string
}
