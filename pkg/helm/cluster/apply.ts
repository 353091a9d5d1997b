/** Objects created, changed and deleted as Helm 4 does: by server-side apply, or in three ways on this side (pkg/kube/client.go). */
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { createMergePatch, createThreeWayMergePatch, createThreeWayStrategicPatch } from '#apimachinery/patch/create/index.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import { failureOf } from '#client/response-error.ts'
import type { Client, RawRequest } from '#client/types.ts'
import { type ClusterObject, kindText, sameObject } from './objects.ts'

export const fieldManager = 'helm'

export interface ApplyOptions {
  readonly serverSide: boolean
  readonly forceConflicts?: boolean
  readonly forceReplace?: boolean
  /** Custom resources too are compared in three ways (only on this side). */
  readonly threeWayForAll?: boolean
  /** What an earlier client-side helm wrote becomes the property of its server-side apply. */
  readonly upgradeManager?: boolean
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

const attempts = 5
/** Requests at once; those of one kind go together, as in Helm. */
const atOnce = 8

export class ApplyError extends Error {
  /** What had been made when it went wrong. */
  readonly created: readonly ClusterObject[]
  constructor(message: string, created: readonly ClusterObject[], cause?: unknown) {
    super(message, { cause })
    this.created = created
  }
}

async function send(client: Client, request: RawRequest): Promise<any> {
  const response = await client.request(request)
  if (response.status >= 400) throw await failureOf(request, response)
  return JSON.parse(await response.text())
}

/** In the order given, kind after kind. Gathers the failures. */
async function eachKind(objects: readonly ClusterObject[], run: (each: ClusterObject) => Promise<void>): Promise<unknown[]> {
  const failures: unknown[] = []
  for (let at = 0; at < objects.length; ) {
    const { kind } = objects[at]!.resource
    const group: ClusterObject[] = []
    while (at < objects.length && objects[at]!.resource.kind === kind && group.length < atOnce) group.push(objects[at++]!)
    const done = await Promise.allSettled(group.map(run))
    for (const result of done) if (result.status === 'rejected') failures.push(result.reason)
  }
  return failures
}

async function retried<T>(run: () => Promise<T>, isRetryable: (error: unknown) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error
      await new Promise((done) => setTimeout(done, 10 * attempt))
    }
  }
}

const isQuotaConflict = (error: unknown): boolean =>
  isConflict(error) &&
  /Operation cannot be fulfilled on resourcequotas/.test((error as Error).message) &&
  /object has been modified/.test((error as Error).message)

async function applyServerSide(client: Client, each: ClusterObject, force: boolean): Promise<any> {
  const { resource, namespace, name } = each
  const query = new URLSearchParams({ fieldManager, fieldValidation: 'Strict', force: String(force) })
  const request = (): RawRequest => ({
    method: 'PATCH',
    path: `${resourcePath(resource, { namespace, name })}?${query}`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(each.object),
  })
  try {
    return await retried(() => send(client, request()), isQuotaConflict)
  } catch (error) {
    const what = isConflict(error) ? 'conflict occurred while applying object' : 'server-side apply failed for object'
    const fault = new Error(`${what} ${namespace}/${name} ${kindText(each)}: ${(error as Error).message}`, { cause: error })
    throw fault
  }
}

async function createOne(client: Client, each: ClusterObject, { serverSide, forceConflicts = false }: ApplyOptions): Promise<any> {
  if (serverSide) return applyServerSide(client, each, forceConflicts)
  const { resource, namespace, object } = each
  const path = resourcePath(resource, { namespace }) + queryString({ fieldManager })
  return retried(() => send(client, { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(object) }), isConflict)
}

/** Throws the failures in one, each on its line. */
export async function createObjects(client: Client, objects: readonly ClusterObject[], options: ApplyOptions): Promise<void> {
  if (objects.length === 0) throw new Error('no objects visited')
  const failures = await eachKind(objects, async (each) => void (await createOne(client, each, options)))
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new Error(failures.map((error) => (error as Error).message).join('\n'), { cause: failures[0] })
}

const find = async (client: Client, { resource, namespace, name }: ClusterObject): Promise<any> => {
  try {
    return await client.get(resource, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Brings the cluster from what `originals` say to what `targets` say; what is no longer wanted goes. Gives what was created. */
export async function updateObjects(
  client: Client,
  originals: readonly ClusterObject[],
  targets: readonly ClusterObject[],
  options: ApplyOptions,
  warn: (message: string, fields: Record<string, unknown>) => void = () => {},
): Promise<ClusterObject[]> {
  checkOptions(options)
  const created: ClusterObject[] = []
  const failures: string[] = []
  for (const target of targets) {
    let live: any
    try {
      live = await find(client, target)
    } catch (error) {
      throw new ApplyError(`could not get information about the resource: ${(error as Error).message}`, created, error)
    }
    if (live === undefined) {
      created.push(target)
      try {
        await createOne(client, target, options)
      } catch (error) {
        throw new ApplyError(`failed to create resource: ${(error as Error).message}`, created, error)
      }
      continue
    }
    const original = originals.find((each) => sameObject(each, target))
    if (!original) {
      const { namespace, name, resource } = target
      warn('resource exists on cluster but not in original release, using cluster state as baseline', { namespace, name, kind: resource.kind })
    }
    try {
      await updateOne(client, original?.object ?? live, live, target, options)
    } catch (error) {
      failures.push((error as Error).message)
    }
  }
  if (failures.length > 0) throw new ApplyError(failures.join(' && '), created)
  for (const gone of originals.filter((each) => !targets.some((target) => sameObject(each, target)))) {
    const problem = await removeUnwanted(client, gone)
    if (problem) failures.push(problem)
  }
  if (failures.length > 0) throw new ApplyError(failures.join(' && '), created)
  return created
}

function checkOptions({ serverSide, forceConflicts, forceReplace, threeWayForAll }: ApplyOptions): void {
  if (!serverSide && forceConflicts) throw new ApplyError('invalid client update option(s): forceConflicts enabled when serverSideApply disabled', [])
  if (threeWayForAll && serverSide) throw new ApplyError('invalid operation: cannot use three-way merge for unstructured and server-side apply together', [])
  if (forceConflicts && forceReplace) throw new ApplyError('invalid operation: cannot use force conflicts and force replace together', [])
  if (serverSide && forceReplace) throw new ApplyError('invalid operation: cannot use server-side apply and force replace together', [])
}

async function removeUnwanted(client: Client, gone: ClusterObject): Promise<string | undefined> {
  const live = await find(client, gone).catch(() => undefined)
  if (live === undefined || live.metadata.annotations?.['helm.sh/resource-policy'] === 'keep') return undefined
  try {
    await deleteOne(client, gone, 'Background')
  } catch (error) {
    if (!isNotFound(error))
      return `failed to delete resource namespace=${gone.namespace}, name=${gone.name}, kind=${gone.resource.kind}: ${(error as Error).message}`
  }
  return undefined
}

async function updateOne(client: Client, original: any, live: any, target: ClusterObject, options: ApplyOptions): Promise<void> {
  if (options.forceReplace) return replaceOne(client, live, target)
  if (options.serverSide) {
    if (options.upgradeManager) await upgradeManager(client, target)
    await applyServerSide(client, target, options.forceConflicts ?? false)
    return
  }
  await patchClientSide(client, original, live, target, options.threeWayForAll ?? false)
}

async function replaceOne(client: Client, live: any, { resource, namespace, name, object }: ClusterObject): Promise<void> {
  const metadata = { ...object.metadata, resourceVersion: object.metadata.resourceVersion ?? live.metadata.resourceVersion }
  const path = resourcePath(resource, { namespace, name }) + queryString({ fieldManager, fieldValidation: 'Strict' })
  try {
    await send(client, { method: 'PUT', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...object, metadata }) })
  } catch (error) {
    throw new Error(`failed to replace object: ${(error as Error).message}`, { cause: error })
  }
}

async function patchClientSide(client: Client, original: any, live: any, target: ClusterObject, threeWayForAll: boolean): Promise<void> {
  const { lookupType } = await import('#api/scheme.ts')
  const { resource, namespace, name, object } = target
  const schema = lookupType(object.apiVersion, object.kind)
  let patch: any
  try {
    patch = schema
      ? createThreeWayStrategicPatch(schema, original, object, live)
      : threeWayForAll
        ? createThreeWayMergePatch(original, object, live)
        : createMergePatch(original, object)
  } catch (error) {
    throw new Error(`failed to create patch: ${(error as Error).message}`, { cause: error })
  }
  if (patch === undefined || Object.keys(patch).length === 0) return
  try {
    await client.patch(resource, { namespace, name }, patch, { type: schema ? 'strategic' : 'merge', fieldManager })
  } catch (error) {
    throw new Error(`cannot patch ${JSON.stringify(name)} with kind ${resource.kind}: ${(error as Error).message}`, { cause: error })
  }
}

/** client-go's csaupgrade: entries of this manager by Update become one by Apply. */
async function upgradeManager(client: Client, target: ClusterObject): Promise<void> {
  const { resource, namespace, name } = target
  await retried(async () => {
    const live: any = await client.get(resource, { namespace, name })
    const fields: any[] = live.metadata.managedFields ?? []
    const isOld = (each: any): boolean => each.manager === fieldManager && each.operation === 'Update' && !each.subresource
    if (!fields.some(isOld)) return
    const isOwn = (each: any): boolean => isOld(each) || (each.manager === fieldManager && each.operation === 'Apply' && !each.subresource)
    const mine = fields.filter(isOwn)
    const merged = mine.reduce((all, each) => mergeFields(all, each.fieldsV1 ?? {}), {})
    const rest = fields.filter((each) => !isOwn(each))
    const entry = { ...(mine.find((each) => each.operation === 'Apply') ?? mine[0]), operation: 'Apply', fieldsV1: merged }
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value: [entry, ...rest] },
      { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ]
    await client.patch(resource, { namespace, name }, patch, { type: 'json', fieldManager })
  }, isConflict)
}

function mergeFields(a: any, b: any): any {
  const merged: any = { ...a }
  for (const [key, value] of Object.entries(b)) merged[key] = key in merged ? mergeFields(merged[key], value) : value
  return merged
}

export async function deleteOne(client: Client, { resource, namespace, name }: ClusterObject, propagationPolicy: Propagation): Promise<void> {
  await retried(() => client.delete(resource, { namespace, name }, { propagationPolicy }), isConflict)
}

/** What is not there counts as deleted. Gives the failures. */
export async function deleteObjects(client: Client, objects: readonly ClusterObject[], propagation: Propagation): Promise<Error[]> {
  if (objects.length === 0) return [new Error('object not found, skipping delete: no objects visited')]
  const failures = await eachKind(objects, async (each) => {
    try {
      await deleteOne(client, each, propagation)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  })
  return failures as Error[]
}
