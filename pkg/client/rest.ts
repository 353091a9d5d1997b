/** The Client over any Transport: builds requests, reads answers, turns failures into StatusErrors. */
import { type Clock, sleep, systemClock } from '#base/clock.ts'
import { escapeMarkup } from '#apimachinery/codec/go-json.ts'
import { apiVersionOf, type KubeList, type KubeObject, type ObjectKey, type ResourceRef } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { queryString, resourcePath } from './paths.ts'
import { failureOf, retryAfterMs, unreachable } from './response-error.ts'
import type { Client, DeleteOptions, ListOptions, PatchType, RawRequest, RawResponse, Transport, WatchOptions, WriteOptions } from './types.ts'
import { decodeWatch } from './watch-decoder.ts'

export interface ClientOptions {
  /** For the waits that a server asks for by Retry-After. */
  readonly clock?: Clock
  readonly userAgent?: string
}

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

const metadataAccept = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
} as const

/** Who writes when nothing else is said: it is in managedFields. */
export const defaultUserAgent = 'k8ts'

/** As client-go: a request that is told to come back later does so this often at most. */
const maxRetries = 10

export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  const { clock = systemClock, userAgent = defaultUserAgent } = options

  /** Sends, obeying Retry-After; the answer may be a failure. */
  async function send(request: RawRequest): Promise<RawResponse> {
    const outgoing: RawRequest = { ...request, headers: { 'user-agent': userAgent, accept: 'application/json', ...request.headers } }
    for (let attempt = 0; ; attempt++) {
      let response: RawResponse
      try {
        response = await transport.request(outgoing)
      } catch (error) {
        throw unreachable(outgoing, error)
      }
      const waitMs = retryAfterMs(response)
      if (waitMs === undefined || attempt >= maxRetries || request.signal?.aborted) return response
      await response.bytes().catch(() => undefined)
      await sleep(clock, waitMs, request.signal)
    }
  }

  async function succeed(request: RawRequest): Promise<RawResponse> {
    const response = await send(request)
    if (response.status >= 400) throw await failureOf(request, response)
    return response
  }

  async function call<R>(request: RawRequest): Promise<R> {
    const response = await succeed(request)
    const text = await response.text()
    try {
      return JSON.parse(text) as R
    } catch (error) {
      throw StatusError.from(new Error(`the server's answer to ${request.method} ${request.path} is not JSON`, { cause: error }))
    }
  }

  const json = (method: string, path: string, body: unknown, contentType = 'application/json'): RawRequest => ({
    method,
    path,
    headers: { 'content-type': contentType },
    // As a client of Go writes it: a server keeps raw data byte by byte, and others compare it so.
    body: escapeMarkup(JSON.stringify(body)),
  })

  return {
    get: <T extends KubeObject>(
      of: ResourceRef<T>,
      key: ObjectKey,
      { subresource, resourceVersion }: { subresource?: string; resourceVersion?: string } = {},
    ) => call<T>({ method: 'GET', path: resourcePath(of, { ...key, subresource }) + queryString({ resourceVersion }) }),

    async list<T extends KubeObject>(of: ResourceRef<T>, list: ListOptions = {}) {
      const { metadataOnly, namespace, ...query } = list
      const answer = await call<KubeList<T>>({
        method: 'GET',
        path: resourcePath(of, { namespace }) + queryString(query),
        headers: metadataOnly ? { accept: metadataAccept.list } : {},
      })
      return withTypes(of, answer)
    },

    async *watch<T extends KubeObject>(of: ResourceRef<T>, watch: WatchOptions = {}) {
      const { metadataOnly, namespace, signal, ...query } = watch
      const request: RawRequest = {
        method: 'GET',
        path: resourcePath(of, { namespace }) + queryString({ watch: true, ...query }),
        headers: metadataOnly ? { accept: metadataAccept.watch } : {},
        ...(signal ? { signal } : {}),
      }
      try {
        const response = await succeed(request)
        yield* decodeWatch<T>(response.stream())
      } catch (error) {
        if (signal?.aborted) return
        throw error instanceof StatusError ? error : unreachable(request, error)
      }
    },

    create: <T extends KubeObject>(of: ResourceRef<T>, object: any, write: WriteOptions = {}) => {
      const { namespace, name } = object.metadata ?? {}
      const { subresource } = write
      const path = resourcePath(of, subresource ? { namespace, name: name ?? '', subresource } : { namespace })
      return call<T>(json('POST', path + queryString(writeQuery(write)), subresource ? object : typed(of, object)))
    },

    update: <T extends KubeObject>(of: ResourceRef<T>, object: any, write: WriteOptions = {}) => {
      const { namespace, name } = object.metadata ?? {}
      const { subresource } = write
      const path = resourcePath(of, { namespace, name: name ?? '', subresource })
      return call<T>(json('PUT', path + queryString(writeQuery(write)), typed(of, object)))
    },

    patch: (of, key, patch, write) => {
      const path = resourcePath(of, { ...key, subresource: write.subresource })
      const body = write.type === 'apply' && patch !== null && typeof patch === 'object' ? typed(of, patch) : patch
      return call(json('PATCH', path + queryString({ ...writeQuery(write), force: write.force }), body, patchContentTypes[write.type]))
    },

    async delete(of, key, options) {
      const response = await succeed(json('DELETE', resourcePath(of, key), deleteBody(options)))
      await response.bytes()
    },

    async deleteCollection(of, { metadataOnly: _, namespace, ...query }, options) {
      const response = await succeed(json('DELETE', resourcePath(of, { namespace }) + queryString(query), deleteBody(options)))
      await response.bytes()
    },

    request: send,
    close: () => transport.close(),
  }
}

function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions): Record<string, string | undefined> {
  return { dryRun: dryRun ? 'All' : undefined, fieldManager, fieldValidation }
}

function deleteBody(options: DeleteOptions = {}): unknown {
  const { dryRun, ...rest } = options
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...rest, ...(dryRun ? { dryRun: ['All'] } : {}) }
}

/** Adds apiVersion and kind where the writer left them out. */
function typed(of: ResourceRef, object: object): object {
  return { apiVersion: apiVersionOf(of), kind: of.kind, ...object }
}

/** A list's items come without apiVersion and kind; readers of single objects want them. */
function withTypes<T extends KubeObject>(of: ResourceRef, list: KubeList<T>): KubeList<T> {
  const apiVersion = apiVersionOf(of)
  list.items ??= []
  for (const item of list.items) {
    item.apiVersion ??= apiVersion
    item.kind ??= of.kind
  }
  return list
}
