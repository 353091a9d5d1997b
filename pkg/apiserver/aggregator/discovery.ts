/**
 * What the aggregated servers serve, asked of them and kept. Upstream: kube-aggregator's discoveryManager.
 */
import type { Clock, Timer } from '#base/clock.ts'
import type { RemoteApi } from './remote.ts'

/** A resource as apidiscovery.k8s.io/v2 lists it. */
export interface DiscoveredResource {
  readonly resource: string
  readonly subresources?: readonly object[]
}

export interface RemoteDiscovery {
  readonly resources: readonly DiscoveredResource[]
  readonly freshness: 'Current' | 'Stale'
}

const refreshMs = 60_000
const firstRetryMs = 500
const accept = ['v2', 'v2beta1'].map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`).join(',')

export class RemoteDiscoveries {
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #known = new Map<string, RemoteDiscovery>()
  readonly #timers = new Map<string, Timer>()
  readonly #failures = new Map<string, number>()
  readonly #apis = new Map<string, RemoteApi>()
  #closed = false

  constructor(options: { clock: Clock; changed: () => void }) {
    this.#clock = options.clock
    this.#changed = options.changed
  }

  /** What is known now; a server that was never reached has no resources yet. */
  of(name: string): RemoteDiscovery {
    return this.#known.get(name) ?? { resources: [], freshness: 'Stale' }
  }

  /** New, changed, or newly available: asked at once. */
  set(api: RemoteApi): void {
    this.#apis.set(api.name, api)
    void this.#refresh(api)
  }

  remove(name: string): void {
    this.#apis.delete(name)
    this.#known.delete(name)
    this.#failures.delete(name)
    this.#timers.get(name)?.cancel()
    this.#timers.delete(name)
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
  }

  async #refresh(api: RemoteApi): Promise<void> {
    const { name } = api
    const before = this.#known.get(name)
    let next: RemoteDiscovery
    let delayMs = refreshMs
    try {
      next = { resources: await resourcesOf(api), freshness: 'Current' }
      this.#failures.delete(name)
    } catch {
      next = { resources: before?.resources ?? [], freshness: 'Stale' }
      const failures = this.#failures.get(name) ?? 0
      this.#failures.set(name, failures + 1)
      delayMs = Math.min(refreshMs, firstRetryMs * 2 ** failures)
    }
    if (this.#closed || this.#apis.get(name) !== api) return
    this.#known.set(name, next)
    if (JSON.stringify(before) !== JSON.stringify(next)) this.#changed()
    this.#timers.get(name)?.cancel()
    this.#timers.set(
      name,
      this.#clock.after(delayMs, () => void this.#refresh(api)),
    )
  }
}

async function resourcesOf(api: RemoteApi): Promise<readonly DiscoveredResource[]> {
  const { group, version } = api.service.spec
  const whole = await api.fetch('/apis', { headers: { accept } })
  if (whole.status === 503) throw new Error(`service ${api.backend} returned non-success response code: 503`)
  if (whole.status === 200 && String(whole.headers['content-type'] ?? '').includes('as=APIGroupDiscoveryList')) {
    const list = JSON.parse(whole.text) as { items?: { metadata?: { name?: string }; versions?: { version: string; resources?: DiscoveredResource[] }[] }[] }
    const found = list.items?.find(({ metadata }) => (metadata?.name ?? '') === (group ?? ''))?.versions?.find((each) => each.version === version)
    return found?.resources ?? []
  }
  const legacy = await api.fetch(api.path, { headers: { accept: 'application/json' }, groups: [] })
  if (legacy.status !== 200) throw new Error(`failed to download legacy discovery for ${api.path}: ${legacy.status}`)
  return fromLegacy((JSON.parse(legacy.text) as { resources?: LegacyResource[] }).resources ?? [], group ?? '', version ?? '')
}

interface LegacyResource {
  readonly name: string
  readonly singularName?: string
  readonly namespaced?: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

/** An APIResourceList's rows in the newer form: subresources stand below their resources. */
export function fromLegacy(rows: readonly LegacyResource[], group: string, version: string): DiscoveredResource[] {
  const found = new Map<string, DiscoveredResource & { subresources?: object[] }>()
  const kindOf = (row: LegacyResource) => ({ group: row.group || group, version: row.version || version, kind: row.kind })
  for (const row of rows.filter(({ name }) => !name.includes('/')))
    found.set(row.name, {
      resource: row.name,
      ...{ responseKind: kindOf(row), scope: row.namespaced ? 'Namespaced' : 'Cluster', singularResource: row.singularName ?? '', verbs: row.verbs ?? [] },
      ...(row.shortNames?.length ? { shortNames: row.shortNames } : {}),
      ...(row.categories?.length ? { categories: row.categories } : {}),
    })
  for (const row of rows) {
    const [parent = '', subresource] = row.name.split('/', 2)
    if (subresource === undefined) continue
    const entry = found.get(parent) ?? { resource: parent, ...{ scope: row.namespaced ? 'Namespaced' : 'Cluster', responseKind: {}, verbs: [] } }
    found.set(parent, entry)
    entry.subresources = [...(entry.subresources ?? []), { subresource, responseKind: kindOf(row), verbs: row.verbs ?? [] }]
  }
  return [...found.values()]
}
