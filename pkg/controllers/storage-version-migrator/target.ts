/** What a migration is of: the resource in the version that discovery prefers. */
import type { StorageVersionMigration } from '#api/gen/storagemigration/v1beta1.ts'
import { type DiscoveredResource, discover } from '#client/discovery.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { definitionOf } from './definition.ts'
import { isStoredAsDefined } from './storage-version.ts'

/** No namespace can be named so: a list in it is empty, and tells the version of the moment. */
const nowhere = '@fake:svm_ns!'
/** What migrates a resource: its objects are listed, and patched, which is an update. */
const neededVerbs = ['list', 'update', 'patch']
/** A resource may have been defined a moment ago. */
const patienceMs = 60_000
const retryMs = 2_000

export interface Target {
  readonly resource: DiscoveredResource
  /** The resourceVersion of the moment: what is newer is stored as it should be. */
  currentVersion(): Promise<string>
}

/** The resource, or how long to wait until it is looked for again, or why there is nothing to migrate. */
export async function findTarget(
  migration: StorageVersionMigration,
  context: ControllerContext,
): Promise<Target | { readonly waitMs: number } | { readonly failure: string }> {
  const { metadata, spec, status } = migration
  const { client, clock } = context
  const { group = '', resource: plural } = spec.resource
  const { resources, failures } = await discover(client)
  const resource = resources.find((each) => each.group === group && each.plural === plural)
  if (!resource) {
    // A group whose server does not answer is not thereby gone.
    const isUnknown = [...failures.keys()].some((groupVersion) => groupVersion.startsWith(`${group}/`))
    const isYoung = clock.now() < Date.parse(metadata.creationTimestamp ?? '') + patienceMs
    return isUnknown || isYoung ? { waitMs: retryMs } : { failure: 'resource does not exist in discovery' }
  }
  if (neededVerbs.some((verb) => !resource.verbs.includes(verb))) return { failure: 'resource is not migratable' }
  if (!status.resourceVersion) {
    const definition = await definitionOf(migration, context)
    if (definition && !(await isStoredAsDefined(resource, definition, client))) return { waitMs: retryMs }
  }
  return {
    resource,
    async currentVersion() {
      const where = resource.namespaced ? { namespace: nowhere } : {}
      const { metadata } = await client.list(resource, { ...where, limit: 1, metadataOnly: true })
      return metadata.resourceVersion!
    },
  }
}
