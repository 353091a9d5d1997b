/**
 * OpenAPI of the aggregated servers, asked of them when it is wanted and kept for a minute. Upstream: kube-aggregator's
 * openapi and openapiv3 aggregators.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { encodeGnosticV3, type OpenApiV2Extension, type OpenApiV3Document } from '../openapi/index.ts'
import { openApiV3Of } from './openapi-v2-to-v3.ts'
import type { RemoteApi } from './remote.ts'

type Json = Record<string, unknown>

interface Kept<T> {
  /** When it was asked for last. */
  atMs: number
  value: T | undefined
  loading: Promise<void> | undefined
}

const keptMs = 60_000

export class RemoteOpenApi {
  readonly #clock: Clock
  readonly #v2 = new Map<string, Kept<OpenApiV2Extension>>()
  readonly #v3 = new Map<string, Kept<OpenApiV3Document>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  forget(name: string): void {
    this.#v2.delete(name)
    this.#v3.delete(name)
  }

  /** The paths of each server's group version with the definitions it has; servers that do not answer have none. */
  async v2(apis: readonly RemoteApi[]): Promise<OpenApiV2Extension[]> {
    const found = await Promise.all(apis.map((api) => this.#kept(this.#v2, api, v2Of)))
    return found.filter((each) => each !== undefined)
  }

  async v3(apis: readonly RemoteApi[]): Promise<OpenApiV3Document[]> {
    const found = await Promise.all(apis.map((api) => this.#kept(this.#v3, api, v3Of)))
    return found.filter((each) => each !== undefined)
  }

  /** What is known, at once, while what is old is asked for again: a server that hangs holds nobody up but at the very first. */
  async #kept<T>(cache: Map<string, Kept<T>>, api: RemoteApi, load: (api: RemoteApi) => Promise<T | undefined>): Promise<T | undefined> {
    let kept = cache.get(api.name)
    if (!kept) {
      kept = { atMs: Number.NEGATIVE_INFINITY, value: undefined, loading: undefined }
      cache.set(api.name, kept)
    }
    const entry = kept
    const isNew = entry.atMs === Number.NEGATIVE_INFINITY
    if (this.#clock.now() - entry.atMs >= keptMs) {
      entry.loading ??= load(api)
        // A server that fails keeps what it said last.
        .catch(() => entry.value)
        .then((value) => {
          entry.value = value
          entry.atMs = this.#clock.now()
          entry.loading = undefined
        })
    }
    if (isNew) await entry.loading
    return entry.value
  }
}

async function v2Of(api: RemoteApi): Promise<OpenApiV2Extension | undefined> {
  const { status, text } = await api.fetch('/openapi/v2', { headers: { accept: 'application/json' } })
  if (status !== 200) return undefined
  const document = JSON.parse(text) as { paths?: Json; definitions?: Json }
  const paths = Object.fromEntries(Object.entries(document.paths ?? {}).filter(([path]) => path === `${api.path}/` || path.startsWith(`${api.path}/`)))
  return { paths, definitions: document.definitions ?? {} }
}

async function v3Of(api: RemoteApi): Promise<OpenApiV3Document | undefined> {
  const path = api.path.slice(1)
  const { status, text } = await api.fetch(`/openapi/v3/${path}`, { headers: { accept: 'application/json' } })
  const bytes = status === 200 ? Buffer.from(text) : status === 404 ? await convertedFromV2(api) : undefined
  if (!bytes) return undefined
  const hash = createHash('sha512').update(bytes).digest('hex').toUpperCase()
  return { path, hash, bytes: () => bytes, protobuf: () => encodeGnosticV3(JSON.parse(bytes.toString()) as Json) }
}

/** Of a server that has no OpenAPI v3 at all. */
async function convertedFromV2(api: RemoteApi): Promise<Buffer | undefined> {
  const accept = { headers: { accept: 'application/json' } }
  if ((await api.fetch('/openapi/v3', accept)).status !== 404) return undefined
  const { status, text } = await api.fetch('/openapi/v2', accept)
  return status === 200 ? Buffer.from(JSON.stringify(openApiV3Of(JSON.parse(text) as Json))) : undefined
}
