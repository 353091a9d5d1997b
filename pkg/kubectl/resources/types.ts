/** What a command line asks for. */
import type { ApiResource } from '../catalog/types.ts'
import type { FlagSpec } from '../flags/types.ts'

export interface ListTarget {
  readonly type: 'list'
  readonly resource: ApiResource
}

export interface GetTarget {
  readonly type: 'get'
  readonly resource: ApiResource
  readonly name: string
}

export type Target = ListTarget | GetTarget

/** An object with the resource it is of, from the server or from a file. */
export interface Item {
  readonly resource: ApiResource
  readonly namespace: string | undefined
  readonly name: string
  readonly object: any
  readonly source?: string
}

export const fileFlags = (purpose: string): readonly FlagSpec[] => [
  { name: 'filename', short: 'f', type: 'stringSlice', usage: `Filename, directory, or URL to files ${purpose}` },
  { name: 'kustomize', short: 'k', type: 'string', usage: 'Process a kustomization directory' },
  { name: 'recursive', short: 'R', type: 'bool', default: 'false', usage: 'Process directories recursively' },
]

export const selectorFlag: FlagSpec = { name: 'selector', short: 'l', type: 'string', usage: 'Label selector to filter on' }
export const fieldSelectorFlag: FlagSpec = { name: 'field-selector', type: 'string', usage: 'Field selector to filter on' }
export const allNamespacesFlag: FlagSpec = { name: 'all-namespaces', short: 'A', type: 'bool', default: 'false', usage: 'Across all namespaces' }
export const localFlag: FlagSpec = { name: 'local', type: 'bool', default: 'false', usage: 'Do not contact the server' }
export const dryRunFlag: FlagSpec = { name: 'dry-run', type: 'string', default: 'none', bare: 'unchanged', usage: 'Must be "none", "server", or "client"' }
export const fieldManagerFlag = (name: string): FlagSpec => ({
  name: 'field-manager',
  type: 'string',
  default: name,
  usage: 'Name of the manager used to track field ownership',
})
export const saveConfigFlag: FlagSpec = {
  name: 'save-config',
  type: 'bool',
  default: 'false',
  usage: 'Keep the configuration in the annotation that apply reads',
}
export const validateFlag: FlagSpec = {
  name: 'validate',
  type: 'string',
  default: 'strict',
  bare: 'strict',
  usage: 'Must be one of: strict (or true), warn, ignore (or false)',
}
