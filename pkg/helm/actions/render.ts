/** A chart rendered with a cluster behind it: `lookup` asks it, and its versions are the capabilities. */
import { plainData } from '#template/yaml/decode.ts'
import { dictionary, type Dictionary } from '#template/values.ts'
import type { Value } from '#template/types.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Cluster } from '../cluster/connect.ts'
import type { Chart } from '../chart/types.ts'
import { renderRelease, type RenderReleaseOptions, ValuesError } from '../release/render-release.ts'
import type { RenderedRelease } from '../release/types.ts'

/** Templates are rendered again when they asked for something new; more rounds than this mean that they never stop asking. */
const mostRounds = 20

/**
 * Templates are rendered without waiting, so what `lookup` is asked for is fetched between two renderings: the first sees
 * nothing, the last sees everything. An error counts only when all that was asked for was at hand.
 */
export async function renderWithLookup(
  cluster: Cluster,
  chart: Chart,
  values: Dictionary,
  options: Omit<RenderReleaseOptions, 'lookup'>,
): Promise<RenderedRelease> {
  const known = new Map<string, Value>()
  for (let round = 1; ; round++) {
    const asked = new Map<string, readonly [string, string, string, string]>()
    const warnings: string[] = []
    const lookup = (apiVersion: string, kind: string, namespace: string, name: string): Value => {
      const key = JSON.stringify([apiVersion, kind, namespace, name])
      if (known.has(key)) return known.get(key)
      asked.set(key, [apiVersion, kind, namespace, name])
      return dictionary()
    }
    let outcome: { rendered: RenderedRelease } | { error: unknown }
    try {
      outcome = { rendered: renderRelease(chart, values, { ...options, lookup, warn: (message) => warnings.push(message) }) }
    } catch (error) {
      outcome = { error }
    }
    const isFinal = asked.size === 0 || round >= mostRounds || ('error' in outcome && outcome.error instanceof ValuesError)
    if (isFinal) {
      for (const message of warnings) options.warn(message)
      if ('error' in outcome) throw outcome.error
      return outcome.rendered
    }
    for (const [key, words] of asked) known.set(key, await read(cluster, ...words))
  }
}

async function read(cluster: Cluster, apiVersion: string, kind: string, namespace: string, name: string): Promise<Value> {
  let catalog = await cluster.catalog()
  if (!catalog.byKind(apiVersion, kind)) catalog = await cluster.catalog({ fresh: true })
  const found = catalog.byKind(apiVersion, kind)
  if (!found) return dictionary()
  const client = await cluster.client()
  try {
    if (name === '') {
      const list: any = await client.list(found, found.namespaced && namespace ? { namespace } : {})
      return plainData(list)
    }
    return plainData(await client.get(found, { namespace: found.namespaced ? namespace || (await cluster.namespace()) : '', name }))
  } catch (error) {
    if (isNotFound(error)) return dictionary()
    throw error
  }
}
