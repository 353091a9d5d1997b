/** Objects of kinds that nobody here watches, custom ones too: found by discovery, listed as metadata. */
import type { KubeList, KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'

const pageSize = 500

/** Undefined for a kind that is not served. */
export async function listUncached(client: Client, group: string, plural: string, namespace: string): Promise<KubeObject[] | undefined> {
  const version = group === '' ? 'v1' : await preferredVersion(client, group)
  if (!version) return undefined
  const of: ResourceRef = { group, version, plural, kind: '', namespaced: true }
  const found: KubeObject[] = []
  try {
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page: KubeList<KubeObject> = await client.list(of, { namespace, limit: pageSize, metadataOnly: true, ...(next ? { continue: next } : {}) })
      found.push(...page.items)
      next = page.metadata.continue || undefined
    }
  } catch (error) {
    if (!isNotFound(error)) throw error
    return undefined
  }
  return found
}

async function preferredVersion(client: Client, group: string): Promise<string | undefined> {
  const response = await client.request({ method: 'GET', path: `/apis/${encodeURIComponent(group)}`, headers: { accept: 'application/json' } })
  return response.status === 200 ? JSON.parse(await response.text()).preferredVersion?.version : undefined
}
