/** `patches:`, `patchesStrategicMerge:`, `patchesJson6902:` (kustomize's PatchTransformer and its two predecessors). */
import { stringify } from 'yaml'
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { applyJsonPatch } from '#apimachinery/patch/index.ts'
import { attempt, KustomizeError, wrapped } from '../errors.ts'
import type { Loader } from '../loader.ts'
import { resourcesOf } from '../read-resources.ts'
import { formatId, sameId } from '../res-id.ts'
import type { Resource } from '../resource.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { PatchEntry, TargetPattern } from '../types.ts'
import { applyStrategicMerge } from './strategic-merge.ts'

/** One entry of `patches:`: a strategic merge or a JSON patch, whichever its text is. */
export async function applyPatch(set: ResourceSet, entry: PatchEntry, loader: Loader): Promise<void> {
  const text = entry.patch?.trim() ?? ''
  const path = entry.path ?? ''
  if (text === '' && path === '') throw new KustomizeError(`must specify one of patch and path in\n${told(entry)}`)
  if (text !== '' && path !== '') throw new KustomizeError(`patch and path can't be set at the same time\n${told(entry)}`)
  const source = text === '' ? `[path: ${JSON.stringify(path)}]` : `[patch: ${JSON.stringify(text)}]`
  const patch = text === '' ? await loaded(loader, path) : text
  const merges = attempt(() => resourcesOf(patch))
  if (merges !== undefined) {
    for (const each of merges) {
      each.allowNameChange = entry.options?.allowNameChange ?? false
      each.allowKindChange = entry.options?.allowKindChange ?? false
    }
    applyMerges(set, merges, entry.target, source)
    return
  }
  const operations = attempt(() => operationsOf(patch))
  if (operations === undefined) {
    throw new KustomizeError(`trouble configuring builtin PatchTransformer with config: \`\n${told(entry)}\`: unable to parse SM or JSON patch from ${source}`)
  }
  if (entry.target === undefined) throw new KustomizeError(`must specify a target for JSON patch ${source}`)
  for (const resource of set.select(entry.target)) {
    resource.rememberId()
    patchWith(resource, operations)
  }
}

function applyMerges(set: ResourceSet, merges: readonly Resource[], target: TargetPattern | undefined, source: string): void {
  if (target === undefined) {
    for (const merge of merges) {
      let found: Resource
      try {
        found = set.targetOf(merge.originalId)
      } catch (error) {
        throw wrapped(error, `no resource matches strategic merge patch ${JSON.stringify(formatId(merge.originalId))}`)
      }
      applyStrategicMerge(found, merge)
    }
  } else {
    if (merges.length > 1) {
      throw new KustomizeError(`Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`)
    }
    const [merge] = merges
    if (merge === undefined) return
    for (const resource of set.select(target)) {
      const fitted = merge.copy()
      fitted.object.apiVersion = resource.object.apiVersion
      applyStrategicMerge(resource, fitted)
    }
  }
  refuseTwins(set)
}

/** `patchesStrategicMerge:`: each entry a file, or the patch itself. */
export async function applyStrategicMergeEntry(set: ResourceSet, entry: string, loader: Loader): Promise<void> {
  const merges = attempt(() => resourcesOf(entry)) ?? resourcesOf(await loader.text(entry))
  for (const merge of merges) applyStrategicMerge(set.targetOf(merge.originalId), merge)
  refuseTwins(set)
}

/** `patchesJson6902:`: a JSON patch of the objects that the target names. */
export async function applyJson6902Entry(set: ResourceSet, entry: PatchEntry, loader: Loader): Promise<void> {
  if (!entry.target?.name) throw new KustomizeError('must specify the target name')
  if (!entry.path && !entry.patch) throw new KustomizeError('empty file path and empty jsonOp')
  if (entry.path && entry.patch) throw new KustomizeError('must specify a file path or jsonOp, not both')
  const operations = operationsOf(entry.path ? await loader.text(entry.path) : entry.patch!)
  if (operations.length === 0) throw new KustomizeError(`patch appears to be empty; file=${entry.path ?? ''}, JsonOp=${entry.patch ?? ''}`)
  for (const resource of set.select(entry.target)) patchWith(resource, operations)
}

function patchWith(resource: Resource, operations: readonly unknown[]): void {
  try {
    resource.object = applyJsonPatch(resource.object, operations)
  } catch (error) {
    // What the API server hides behind a generic answer is the cause.
    const { cause, message } = error as Error
    throw new KustomizeError(cause instanceof Error ? cause.message : message, { cause: error })
  }
}

function operationsOf(text: string): unknown[] {
  const value = parseYaml(text).value
  if (!Array.isArray(value)) throw new KustomizeError(`decoding ${text}: json: cannot unmarshal object into Go value of type jsonpatch.Patch`)
  return value
}

/** Deleted objects go; two that have become one by a change of name are a mistake. */
function refuseTwins(set: ResourceSet): void {
  set.dropDeleted()
  for (const [index, resource] of set.list.entries()) {
    if (set.list.findIndex((each) => sameId(each.id, resource.id)) !== index) {
      throw new KustomizeError(`may not add resource with an already registered id: ${formatId(resource.id)}`)
    }
  }
}

async function loaded(loader: Loader, path: string): Promise<string> {
  try {
    return await loader.text(path)
  } catch (error) {
    throw wrapped(error, `failed to get the patch file from path(${path})`)
  }
}

function told(entry: PatchEntry): string {
  return stringify(entry, { sortMapEntries: true })
}
