/**
 * OpenAPI of the aggregated servers, asked of them when it is wanted and kept for a minute. Upstream: kube-aggregator's
 * openapi and openapiv3 aggregators.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import type { OpenApiV2Extension, OpenApiV3Document } from '../openapi/index.ts'
import type { RemoteApi } from './remote.ts'

type Json = Record<string, unknown>

interface Kept<T> {
  readonly atMs: number
  readonly value: T
}

const keptMs = 60_000

export class RemoteOpenApi {
  readonly #clock: Clock
  readonly #v2 = new Map<string, Kept<OpenApiV2Extension | undefined>>()
  readonly #v3 = new Map<string, Kept<OpenApiV3Document | undefined>>()

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

  async #kept<T>(cache: Map<string, Kept<T | undefined>>, api: RemoteApi, load: (api: RemoteApi) => Promise<T | undefined>): Promise<T | undefined> {
    const known = cache.get(api.name)
    const now = this.#clock.now()
    if (known && now - known.atMs < keptMs) return known.value
    // A server that fails keeps what it said last.
    const value = await load(api).catch(() => known?.value)
    cache.set(api.name, { atMs: now, value })
    return value
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
  if (status !== 200) return undefined
  const bytes = Buffer.from(text)
  return { path, hash: createHash('sha512').update(bytes).digest('hex').toUpperCase(), bytes: () => bytes }
}
