/** Releases in Secrets (or ConfigMaps, HELM_DRIVER=configmap) of their namespace, each revision one object. */
import { configMaps, secrets } from '#api/gen/resources.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { isPending, type Release } from '../release/release.ts'
import { decodeRelease, encodeRelease, ownLabels } from './record.ts'
import { type Driver, ReleaseExists, ReleaseNotFound } from './types.ts'

export interface ObjectDriverOptions {
  readonly client: () => Promise<Client>
  /** Empty reads all namespaces. */
  readonly namespace: string
  readonly kind: 'secret' | 'configmap'
  readonly now?: () => number
  readonly debug?: (message: string) => void
}

const pageSize = 100
/** Ours alone: the original drops it with its next write. */
const heartbeat = 'helm.k8ts.dev/heartbeat'

function decoded(object: KubeObject, text: string, labels: Record<string, string>): Release {
  const release = decodeRelease(text, labels)
  const beat = Number(object.metadata.annotations?.[heartbeat])
  if (beat > 0) release.heartbeat = beat
  return release
}

const failed = (what: string, error: unknown): Error => new Error(`${what}: ${(error as Error).message}`, { cause: error })

export function createObjectDriver({ client, namespace, kind, now = Date.now, debug = () => {} }: ObjectDriverOptions): Driver {
  const resource = kind === 'secret' ? secrets : configMaps
  const textIn = (object: KubeObject & { data?: Record<string, string> }): string => {
    const data = object.data?.release ?? ''
    return kind === 'secret' ? Buffer.from(data, 'base64').toString('latin1') : data
  }
  const objectOf = (key: string, release: Release, stamp: 'createdAt' | 'modifiedAt'): KubeObject => {
    const text = encodeRelease(release)
    return {
      apiVersion: 'v1',
      kind: resource.kind,
      metadata: {
        name: key,
        namespace,
        labels: {
          ...release.labels,
          [stamp]: String(Math.floor(now() / 1000)),
          name: release.name,
          owner: 'helm',
          status: release.info.status,
          version: String(release.version),
        },
        ...(isPending(release.info.status) || release.info.status === 'uninstalling' ? { annotations: { [heartbeat]: String(now()) } } : {}),
      },
      ...(kind === 'secret' ? { type: 'helm.sh/release.v1', data: { release: Buffer.from(text).toString('base64') } } : { data: { release: text } }),
    } as unknown as KubeObject
  }
  return {
    async get(key) {
      try {
        const found = await (await client()).get<KubeObject>(resource, { namespace, name: key })
        return decoded(found, textIn(found), ownLabels(found.metadata.labels ?? {}))
      } catch (error) {
        throw isNotFound(error) ? new ReleaseNotFound() : failed(`get: failed to get ${JSON.stringify(key)}`, error)
      }
    },
    async query(labels) {
      const labelSelector = Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(',')
      const releases: Release[] = []
      let next: string | undefined
      do {
        const page: any = await (await client())
          .list<KubeObject>(resource, { namespace, labelSelector, limit: pageSize, ...(next ? { continue: next } : {}) })
          .catch((error) => {
            throw failed(labelSelector === 'owner=helm' ? 'list: failed to list' : 'query: failed to query with labels', error)
          })
        for (const item of page.items) {
          try {
            releases.push(decoded(item, textIn(item), item.metadata.labels ?? {}))
          } catch (error) {
            // One record that cannot be read does not hide the others.
            debug(`failed to decode release ${item.metadata.name}: ${(error as Error).message}`)
          }
        }
        next = page.metadata.continue || undefined
      } while (next)
      return releases
    },
    async create(key, release) {
      try {
        await (await client()).create(resource, objectOf(key, release, 'createdAt'))
      } catch (error) {
        throw isAlreadyExists(error) ? new ReleaseExists() : failed('create: failed to create', error)
      }
    },
    async update(key, release) {
      try {
        await (await client()).update(resource, objectOf(key, release, 'modifiedAt'))
      } catch (error) {
        throw failed('update: failed to update', error)
      }
    },
    async beat(key) {
      const patch = { metadata: { annotations: { [heartbeat]: String(now()) } } }
      await (await client()).patch(resource, { namespace, name: key }, patch, { type: 'merge' })
    },
    async delete(key) {
      try {
        await (await client()).delete(resource, { namespace, name: key })
      } catch (error) {
        throw isNotFound(error) ? new ReleaseNotFound() : error
      }
    },
  }
}
