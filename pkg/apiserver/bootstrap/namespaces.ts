/** The namespaces every cluster has (controlplane's systemnamespaces controller). */
import { namespaces } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { Seed } from './seed.ts'

export const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'default'] as const

export const namespaceSeed: Seed = { of: namespaces as ResourceRef, objects: () => systemNamespaces.map((name) => ({ metadata: { name } })) as never }

export async function ensureNamespaces(client: Client): Promise<void> {
  for (const name of systemNamespaces) {
    try {
      await client.get(namespaces, { name })
    } catch (error) {
      if (!isNotFound(error)) throw error
      await client.create(namespaces, { metadata: { name } }).catch((failure) => {
        if (!isAlreadyExists(failure)) throw failure
      })
    }
  }
}
