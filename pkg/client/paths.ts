/** URL paths and query strings of the Kubernetes API, as upstream's API conventions lay them out. */
import { apiVersionOf, type ResourceRef } from '#apimachinery/object.ts'
import { badRequest } from '#apimachinery/status-error.ts'

export interface PathParts {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

/** "/api/v1" or "/apis/apps/v1". */
export function groupVersionPath(of: { readonly group: string; readonly version: string }): string {
  return of.group === '' ? `/api/${of.version}` : `/apis/${apiVersionOf(of)}`
}

export function resourcePath(of: ResourceRef, { namespace, name, subresource }: PathParts): string {
  const scope = of.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  if (of.namespaced && !namespace && name !== undefined) throw badRequest('an empty namespace may not be set when a resource name is provided')
  if (name === '') throw badRequest('resource name may not be empty')
  const item = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${groupVersionPath(of)}${scope}/${of.plural}${item}${subresource ? `/${subresource}` : ''}`
}

export type QueryValue = string | number | boolean | undefined

/** "?a=b&c=d", or nothing; absent and empty values are left out. */
export function queryString(values: Readonly<Record<string, QueryValue>>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '' && value !== false) query.set(key, String(value))
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
