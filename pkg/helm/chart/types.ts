/** A chart (apiVersion v1 or v2) in memory, as Helm's pkg/chart/v2 holds it. */
import type { Dictionary } from '#template/values.ts'
import type { SchemaDocuments } from '../values/schema-documents.ts'

export interface ChartFile {
  /** Within the chart, with slashes. */
  readonly name: string
  readonly data: Buffer
  /** RFC 3339; of the file, or of its entry in the archive. */
  readonly modTime?: string
}

export interface Maintainer {
  name: string
  email: string
  url: string
}

export interface Dependency {
  name: string
  version: string
  repository: string
  condition: string
  tags: string[]
  enabled: boolean
  importValues: unknown[]
  alias: string
}

export interface Metadata {
  name: string
  home: string
  sources: string[]
  version: string
  description: string
  keywords: string[]
  maintainers: Maintainer[]
  icon: string
  apiVersion: string
  condition: string
  tags: string
  appVersion: string
  deprecated: boolean
  annotations: Record<string, string>
  kubeVersion: string
  dependencies: Dependency[]
  type: string
  /** Which lists have an entry that is null: such a chart is refused once it is read. */
  readonly empty?: readonly ('maintainers' | 'dependencies')[]
}

export interface Lock {
  readonly generated: string
  readonly digest: string
  readonly dependencies: readonly Dependency[]
}

export interface Chart {
  metadata: Metadata
  lock?: Lock
  /** Every file as it was read. */
  readonly raw: ChartFile[]
  readonly templates: ChartFile[]
  /** What is neither a template, nor values, nor a dependency. */
  readonly files: ChartFile[]
  values: Dictionary
  schema?: Buffer
  /** What the schema refers to on other machines. */
  schemaDocuments?: SchemaDocuments
  /** RFC 3339, of Chart.yaml and values.schema.json. */
  modTime?: string
  schemaModTime?: string
  parent?: Chart
  dependencies: Chart[]
}

export interface Crd {
  readonly name: string
  /** With the path of its chart. */
  readonly filename: string
  readonly data: Buffer
}

/** Where warnings go that Helm logs. */
export type Warn = (message: string) => void
