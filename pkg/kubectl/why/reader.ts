/** The cluster as the finders read it: through a client, and the catalog of what the server has. */
import { queryString, resourcePath } from '#client/paths.ts'
import type { Client, RawRequest } from '#client/types.ts'
import type { ApiResource, Catalog } from '../catalog/types.ts'
import type { Reader } from './types.ts'

export interface ReaderSources {
  client(): Promise<Client>
  catalog(): Promise<Catalog>
  now(): number
}

/** Reads events of an object once; what cannot be read counts as not there. */
export function createReader({ client, catalog, now }: ReaderSources): Reader {
  const quietly = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read()
    } catch {
      return otherwise
    }
  }
  const text = async (request: RawRequest): Promise<string> => {
    const response = await (await client()).request(request)
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return response.text()
  }
  const json = async (path: string): Promise<any> => JSON.parse(await text({ method: 'GET', path }))
  const resourceOf = async (apiVersion: string, kind: string): Promise<ApiResource> => {
    const found = (await catalog()).byKind(apiVersion, kind)
    if (!found) throw new Error(`no matches for kind ${kind}`)
    return found
  }
  const withKind = (apiVersion: string, kind: string) => (item: any) => ({ ...item, apiVersion, kind })
  const events = new Map<string, Promise<any[]>>()
  return {
    now,
    get: (apiVersion, kind, namespace, name) => quietly(async () => json(resourcePath(await resourceOf(apiVersion, kind), { namespace, name })), undefined),
    list: (apiVersion, kind, namespace, selector, fieldSelector) =>
      quietly(async () => {
        const path = resourcePath(await resourceOf(apiVersion, kind), { namespace }) + queryString({ labelSelector: selector, fieldSelector, limit: 500 })
        return (await json(path)).items.map(withKind(apiVersion, kind))
      }, []),
    events(object) {
      const { uid, name, namespace } = object.metadata
      const key = uid ?? `${namespace}/${name}`
      const known = events.get(key)
      if (known) return known
      const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
      const fieldSelector = `involvedObject.name=${name},involvedObject.kind=${object.kind}`
      const time = (event: any): string => event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.metadata?.creationTimestamp ?? ''
      const reading = quietly(async () => {
        const { items } = await json(`/api/v1${scope}/events${queryString({ fieldSelector, limit: 500 })}`)
        return items.toSorted((a: any, b: any) => (time(a) < time(b) ? -1 : 1))
      }, [])
      events.set(key, reading)
      return reading
    },
    lastWords: ({ metadata }, container, previous) =>
      quietly(() => {
        const path = `/api/v1/namespaces/${encodeURIComponent(metadata.namespace)}/pods/${encodeURIComponent(metadata.name)}/log`
        return text({ method: 'GET', path: path + queryString({ container, previous, tailLines: 3, limitBytes: 4096 }) })
      }, ''),
  }
}
