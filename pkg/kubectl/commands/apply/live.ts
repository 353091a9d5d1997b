/** Applying to an object that is there: the difference in three ways, sent as a patch. */
import { cloneJson } from '#apimachinery/json-value.ts'
import { isConflict, isInvalid } from '#apimachinery/status-error.ts'
import { CommandError } from '../../errors.ts'
import type { Item } from '../../resources/types.ts'
import { getItem } from '../../resources/visit.ts'
import { compactJson } from '../../printers/json.ts'
import { withSource } from '../../resources/source-errors.ts'
import { createObject, deleteObject, type DryRun, lastApplied, type PatchKind, patchObject, withLastApplied } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

const attempts = 5

/** Throws NotFound when there is no such object. */
export async function applyLive(invocation: Invocation, item: Item, dryRun: DryRun): Promise<{ object: any; operation: string }> {
  for (let attempt = 1; ; attempt++) {
    const { object: current } = await getItem(invocation, item.resource, item.namespace, item.name)
    if (attempt === 1) warnOfMissing(invocation, item, current)
    const modified = await withLastApplied(item.object)
    const { type, patch } = await threeWay(current, modified)
    if (Object.keys(patch).length === 0) return { object: current, operation: 'unchanged' }
    if (dryRun === 'client') return { object: await patchedLocally(current, type, patch), operation: 'configured' }
    try {
      const object = await patchObject(invocation, item, type, patch, { dryRun })
      return { object, operation: object.metadata.resourceVersion === current.metadata.resourceVersion && dryRun === 'none' ? 'unchanged' : 'configured' }
    } catch (error) {
      if (isConflict(error) && attempt < attempts) continue
      if (invocation.flags.bool('force') && (isConflict(error) || isInvalid(error))) return recreate(invocation, item, modified, dryRun)
      const { resource, name, namespace = '', source } = item
      const ref = `Resource: "${resource.group}/${resource.version}, Resource=${resource.plural}", GroupVersionKind: "${resource.group}/${resource.version}, Kind=${resource.kind}"\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`
      throw withSource(withSource(error, 'patching', source), `applying patch:\n${compactJson(patch)}\nto:\n${ref}\nfor:`, source)
    }
  }
}

function warnOfMissing({ err }: Invocation, { resource, name }: Item, current: any): void {
  if (current.metadata?.annotations?.[lastApplied] !== undefined) return
  err(
    `Warning: resource ${resource.plural}/${name} is missing the ${lastApplied} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
  )
}

/** What is being deleted may be gone before the change counts for anything. */
export function warnIfDeleting({ err }: Pick<Invocation, 'err'>, object: any): void {
  const { deletionTimestamp, name } = object?.metadata ?? {}
  if (deletionTimestamp) err(`Warning: Detected changes to resource ${name} which is currently being deleted.\n`)
}

export async function threeWay(current: any, modified: any): Promise<{ type: PatchKind; patch: Record<string, unknown> }> {
  const text = current.metadata?.annotations?.[lastApplied]
  let original: unknown = {}
  try {
    if (text) original = JSON.parse(text)
  } catch (error) {
    throw new CommandError(`error: retrieving original configuration: ${(error as Error).message}`)
  }
  const [create, { lookupType }] = await Promise.all([import('#apimachinery/patch/create/index.ts'), import('#api/scheme.ts')])
  const schema = lookupType(modified.apiVersion, modified.kind)
  return schema
    ? { type: 'strategic', patch: create.createThreeWayStrategicPatch(schema, original, modified, current) }
    : { type: 'merge', patch: create.createThreeWayMergePatch(original, modified, current) }
}

export async function patchedLocally(current: any, type: PatchKind, patch: unknown): Promise<any> {
  const [{ applyMergePatch, applyStrategicMergePatch, applyJsonPatch }, { lookupType }] = await Promise.all([
    import('#apimachinery/patch/index.ts'),
    import('#api/scheme.ts'),
  ])
  if (type === 'json') return applyJsonPatch(current, patch as any)
  const schema = type === 'strategic' ? lookupType(current.apiVersion, current.kind) : undefined
  return schema ? applyStrategicMergePatch(schema, current, patch) : applyMergePatch(current, patch)
}

/** --force: what cannot be changed in place is deleted and made anew. */
async function recreate(invocation: Invocation, item: Item, modified: any, dryRun: DryRun): Promise<{ object: any; operation: string }> {
  await deleteObject(invocation, item, { propagationPolicy: 'Background', dryRun })
  const { waitUntilGone } = await import('../../resources/wait-gone.ts')
  await waitUntilGone(invocation, [item], 5 * 60_000)
  const object = cloneJson(modified)
  return { object: await createObject(invocation, { ...item, object }, { dryRun }), operation: 'configured' }
}
