/**
 * What client-side apply owned becomes server-side apply's (client-go's csaupgrade): else every field of the first
 * --server-side would have two owners, and what is dropped from the file would stay.
 */
import { equalJson } from '#apimachinery/json-value.ts'
import { isConflict } from '#apimachinery/status-error.ts'
import type { Item } from '../../resources/types.ts'
import { getItem } from '../../resources/visit.ts'
import { lastApplied, patchObject, type WriteSettings } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

const serverSideManager = 'kubectl'
const annotationManager = 'kubectl-last-applied'
const attempts = 5

/** Takes what the server answered to an apply, gives what the object is at the end. Failures are told as warnings: the object was applied. */
export async function migrateToServerSide(invocation: Invocation, item: Item, applied: any, settings: WriteSettings): Promise<any> {
  let object = applied
  try {
    object = await keepAnnotation(invocation, item, object, settings)
  } catch (error) {
    warn(invocation, 'failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply', error)
    return object
  }
  let migrated: any
  try {
    migrated = await migrate(invocation, item, object, settings)
  } catch (error) {
    warn(invocation, 'server rejected managed fields migration to Server-Side Apply', error)
    return object
  }
  if (!migrated) return object
  try {
    return await patchObject(invocation, item, 'apply', item.object, settings)
  } catch (error) {
    warn(invocation, 'failed to re-apply configuration after performing Server-Side Apply migration', error)
    return migrated
  }
}

function warn({ err }: Invocation, what: string, error: unknown): void {
  err(`Warning: ${what}. This is non-fatal and will be retried next time you apply. Error: ${(error as Error).message}\n`)
}

interface ManagedFields {
  readonly manager?: string
  readonly operation?: string
  readonly subresource?: string
  readonly fieldsV1?: Record<string, any>
}

const ownsAnnotation = ({ fieldsV1, subresource = '' }: ManagedFields): boolean =>
  subresource === '' && fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${lastApplied}`] !== undefined

/** So that the annotation is not dropped with its old owner: going back to client-side apply needs it. */
async function keepAnnotation(invocation: Invocation, item: Item, object: any, settings: WriteSettings): Promise<any> {
  const text = object.metadata.annotations?.[lastApplied]
  const managers: ManagedFields[] = object.metadata.managedFields ?? []
  if (settings.fieldManager !== serverSideManager || text === undefined) return object
  if (managers.some((each) => each.operation === 'Apply' && ownsAnnotation(each))) return object
  const { name, namespace } = object.metadata
  const { apiVersion, kind } = object
  const body = { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}), annotations: { [lastApplied]: text } } }
  return patchObject(invocation, item, 'apply', body, { ...settings, fieldManager: annotationManager, force: false })
}

async function migrate(invocation: Invocation, item: Item, applied: any, settings: WriteSettings): Promise<any | undefined> {
  const names = new Set(
    ((applied.metadata.managedFields ?? []) as ManagedFields[])
      .filter((each) => each.operation === 'Update' && ownsAnnotation(each))
      .map(({ manager }) => manager),
  )
  if (names.size === 0) return undefined
  let object = applied
  for (let attempt = 1; ; attempt++) {
    const before: ManagedFields[] = object.metadata.managedFields ?? []
    const after = upgraded(before, names, settings.fieldManager ?? serverSideManager)
    if (equalJson(before, after)) return undefined
    try {
      return await patchObject(
        invocation,
        item,
        'json',
        [
          { op: 'replace', path: '/metadata/managedFields', value: after },
          { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
        ],
        { ...(settings.dryRun ? { dryRun: settings.dryRun } : {}), ...(settings.fieldManager ? { fieldManager: settings.fieldManager } : {}) },
      )
    } catch (error) {
      if (!isConflict(error) || attempt >= attempts) throw error
      object = (await getItem(invocation, item.resource, item.namespace, item.name)).object
    }
  }
}

function upgraded(entries: readonly ManagedFields[], names: ReadonlySet<string | undefined>, manager: string): ManagedFields[] {
  const isOld = (each: ManagedFields): boolean => each.operation === 'Update' && (each.subresource ?? '') === '' && names.has(each.manager)
  const isNew = (each: ManagedFields): boolean => each.operation === 'Apply' && (each.subresource ?? '') === '' && each.manager === manager
  const old = entries.filter(isOld)
  if (old.length === 0) return [...entries]
  const place = entries.find(isNew) ?? old[0]!
  const fieldsV1 = [place, ...old].reduce((all, each) => union(all, each.fieldsV1 ?? {}), {} as Record<string, any>)
  return entries.flatMap((each) => {
    if (each === place) return [{ ...each, manager, operation: 'Apply', fieldsV1 }]
    return isOld(each) ? [] : [each]
  })
}

function union(a: Record<string, any>, b: Record<string, any>): Record<string, any> {
  const out = { ...a }
  for (const [key, value] of Object.entries(b)) out[key] = union(out[key] ?? {}, value)
  return out
}
