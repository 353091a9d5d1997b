/** What discovery tells of the form in which a resource is stored, so that who migrates stored objects can compare it (KEP-2339, discovery.StorageVersionHash). */
import { createHash } from 'node:crypto'

export function storageVersionHash({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}
