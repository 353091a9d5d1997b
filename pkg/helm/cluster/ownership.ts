/** Marks of ownership on objects of a release, and who may take over what is there already. */
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { type ClusterObject, describeObject } from './objects.ts'

export interface Owner {
  readonly name: string
  readonly namespace: string
}

const managedBy = 'app.kubernetes.io/managed-by'
const releaseName = 'meta.helm.sh/release-name'
const releaseNamespace = 'meta.helm.sh/release-namespace'

export function owned(objects: readonly ClusterObject[], owner: Owner): ClusterObject[] {
  return objects.map((each) => {
    const { metadata } = each.object
    const object = {
      ...each.object,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, [managedBy]: 'Helm' },
        annotations: { ...metadata.annotations, [releaseName]: owner.name, [releaseNamespace]: owner.namespace },
      },
    }
    return { ...each, object }
  })
}

/** Those that are there already. Throws when one is, and belongs to no or another release, unless `take`. */
export async function existing(client: Client, objects: readonly ClusterObject[], owner: Owner, take: boolean): Promise<ClusterObject[]> {
  const found: ClusterObject[] = []
  for (const each of objects) {
    const { generateName } = each.object.metadata
    if (each.name !== '' && generateName) throw new Error('metadata.name and metadata.generateName cannot both be set')
    if (each.name === '' && generateName) continue
    let live: any
    try {
      live = await client.get(each.resource, { namespace: each.namespace, name: each.name })
    } catch (error) {
      if (isNotFound(error)) continue
      throw new Error(`could not get information about the resource ${describeObject(each)}: ${(error as Error).message}`, { cause: error })
    }
    if (!take) checkOwner(live, each, owner)
    found.push(each)
  }
  return found
}

function checkOwner(live: any, each: ClusterObject, owner: Owner): void {
  const { labels = {}, annotations = {} } = live.metadata
  const problems = [
    wrong('label validation error', labels, managedBy, 'Helm'),
    wrong('annotation validation error', annotations, releaseName, owner.name),
    wrong('annotation validation error', annotations, releaseNamespace, owner.namespace),
  ].filter((problem) => problem !== undefined)
  if (problems.length > 0)
    throw new Error(`${describeObject(each)} exists and cannot be imported into the current release: invalid ownership metadata; ${problems.join('; ')}`)
}

function wrong(what: string, map: Record<string, string>, key: string, value: string): string | undefined {
  if (!Object.hasOwn(map, key)) return `${what}: missing key ${JSON.stringify(key)}: must be set to ${JSON.stringify(value)}`
  if (map[key] !== value) return `${what}: key ${JSON.stringify(key)} must equal ${JSON.stringify(value)}: current value is ${JSON.stringify(map[key])}`
  return undefined
}
