/** Reads manifests and asks the usual questions about pods. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import * as resources from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { eventually } from './cluster.ts'

const byKind = new Map(Object.values(resources).map((each) => [`${each.group}/${each.kind}`, each as ResourceRef]))

export function readManifest(path: string): KubeObject[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as KubeObject)
}

export function resourceOf(object: KubeObject): ResourceRef {
  const [group, kind] = [object.apiVersion!.includes('/') ? object.apiVersion!.split('/')[0] : '', object.kind]
  const found = byKind.get(`${group}/${kind}`)
  if (!found) throw new Error(`no resource for ${object.apiVersion} ${kind}`)
  return found
}

/** Server-side apply of every object, into `namespace`. */
export async function applyManifest(client: Client, objects: readonly KubeObject[], namespace = 'default'): Promise<void> {
  for (const object of objects) {
    await client.patch(resourceOf(object), { namespace, name: object.metadata.name }, object, { type: 'apply', fieldManager: 'e2e', force: true })
  }
}

export function isReady(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
}

export async function podsOf(client: Client, labelSelector: string, namespace = 'default'): Promise<Pod[]> {
  return (await client.list(pods, { namespace, labelSelector })).items
}

/** Waits until exactly so many pods of the selector exist, all of them ready. */
export function readyPods(client: Client, labelSelector: string, count: number, timeoutMs = 60_000): Promise<Pod[]> {
  return eventually(
    `${count} ready pods of ${labelSelector}`,
    async () => {
      const found = await podsOf(client, labelSelector)
      if (found.length !== count || !found.every(isReady)) {
        throw new Error(
          found
            .map(
              (pod) =>
                `${pod.metadata.name} ${pod.status.phase} ${JSON.stringify(pod.status.containerStatuses?.map(({ state, ready }) => ({ state, ready })))}`,
            )
            .join('; ') || 'no pods',
        )
      }
      return found
    },
    timeoutMs,
  )
}
