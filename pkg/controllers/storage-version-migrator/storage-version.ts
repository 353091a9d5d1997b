/**
 * Whether the API server stores a custom resource in the version that its definition has by now. It takes up a changed definition a moment later:
 * a migration that began before would end with nothing migrated, and the older versions would be taken for gone.
 */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { storageVersionHash } from '#apimachinery/storage-version-hash.ts'
import { groupVersionPath } from '#client/paths.ts'
import type { Client } from '#client/types.ts'

/** Discovery tells it by a hash (storageVersionHash); one that does not say counts as up to date. */
export async function isStoredAsDefined(resource: ResourceRef, { spec }: CustomResourceDefinition, client: Client): Promise<boolean> {
  const response = await client.request({ method: 'GET', path: groupVersionPath(resource), headers: { accept: 'application/json' } })
  if (response.status !== 200) return false
  const listed: { name: string; storageVersionHash?: string }[] = JSON.parse(await response.text()).resources ?? []
  const told = listed.find(({ name }) => name === resource.plural)?.storageVersionHash
  const stored = spec.versions.find(({ storage }) => storage)
  return told === undefined || stored === undefined || told === storageVersionHash({ group: spec.group, version: stored.name, kind: spec.names.kind })
}
