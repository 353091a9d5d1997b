/** `replacements:`: the value of one field copied into others (kustomize's ReplacementTransformer). */
import { stringify } from 'yaml'
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { cloneJson, isObject } from '#apimachinery/json-value.ts'
import { attempt, KustomizeError } from '../errors.ts'
import { lookup, slotsAt, splitFieldPath } from '../field-path.ts'
import { rootSlot, type Slot, slotOf } from '../field-spec.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'
import type { Loader } from '../loader.ts'
import { formatId, selectedById } from '../res-id.ts'
import type { Resource } from '../resource.ts'
import { compile, type ResourceSet } from '../resource-set.ts'
import type { FieldOptions, Replacement } from '../types.ts'

type Source = NonNullable<Replacement['source']>
type Target = NonNullable<Replacement['targets']>[number]

/** Replacements as written, and those of the files that `path` names. */
export async function readReplacements(entries: readonly (Replacement & { readonly path?: string })[], loader: Loader): Promise<Replacement[]> {
  const read: Replacement[] = []
  for (const { path, ...entry } of entries) {
    if (!path) read.push(entry)
    else {
      if (entry.source !== undefined || (entry.targets?.length ?? 0) > 0) throw new KustomizeError('cannot specify both path and inline replacement')
      const value = parseYaml(await loader.text(path)).value
      if (Array.isArray(value)) read.push(...(value as Replacement[]))
      else if (isObject(value)) read.push(value as Replacement)
      else throw new KustomizeError(`unsupported replacement type encountered within replacement path: ${typeof value}`)
    }
  }
  return read
}

export function replace(set: ResourceSet, { source, sourceValue, targets }: Replacement): void {
  if ((source === undefined && sourceValue === undefined) || targets === undefined) {
    throw new KustomizeError('replacements must specify a source and at least one target')
  }
  if (source !== undefined && sourceValue !== undefined) throw new KustomizeError('value and resource selectors are mutually exclusive')
  const value = sourceValue ?? sourceOf(set, source!)
  for (const target of targets) {
    if (target.select === undefined) throw new KustomizeError('target must specify resources to select')
    for (const resource of set.list) if (isTarget(resource, target)) copyInto(resource, value, target)
  }
}

function sourceOf(set: ResourceSet, source: Source): unknown {
  const matches = set.list.filter((each) => each.ids.some((id) => selectedById(id, source)))
  const path = source.fieldPath || 'metadata.name'
  const told = formatId({ group: '', version: '', kind: '', name: '', namespace: '', ...source })
  if (matches.length > 1) throw new KustomizeError(`multiple matches for selector ${told}${source.fieldPath ? `:${source.fieldPath}` : ''}`)
  if (matches.length === 0) throw new KustomizeError(`nothing selected by ${told}${source.fieldPath ? `:${source.fieldPath}` : ''}`)
  const value = lookup(matches[0]!.object, path)
  if (value === undefined || value === '') throw new KustomizeError(`fieldPath \`${path}\` is missing for replacement source ${told}`)
  if (!source.options?.delimiter) return value
  if (typeof value === 'object') throw new KustomizeError('delimiter option can only be used with scalar nodes')
  const parts = String(value).split(source.options.delimiter)
  const index = source.options.index ?? 0
  if (index < 0 || index >= parts.length) throw new KustomizeError(`options.index ${index} is out of bounds for value ${value}`)
  return parts[index]
}

function isTarget(resource: Resource, { select, reject = [] }: Target): boolean {
  const wanted = compile(select!)
  if (!wanted.selectors(resource.object)) return false
  for (const each of reject) {
    const pattern = compile(each)
    if ((each.labelSelector || each.annotationSelector) && pattern.selectors(resource.object)) return false
    if (!pattern.isEmpty && resource.ids.some((id) => pattern.gvk(id) && pattern.name(id.name) && pattern.namespace(id.namespace))) return false
  }
  return resource.ids.some((id) => wanted.gvk(id) && wanted.name(id.name) && wanted.namespace(id.namespace))
}

function copyInto(resource: Resource, value: unknown, { fieldPaths = [], options }: Target): void {
  const create = !options?.create ? 'none' : Array.isArray(value) ? 'list' : isObject(value) ? 'map' : 'text'
  for (const path of fieldPaths.length > 0 ? fieldPaths : ['metadata.name']) {
    const parts = splitFieldPath(path)
    if (insideOfText(resource, parts, value, create, options)) continue
    const slots = slotsAt(rootSlot(resource), parts, create)
    if (slots.length === 0) throw new KustomizeError(`unable to find ${create === 'none' ? '' : 'or create '}field "${path}" in replacement target`)
    for (const slot of slots) put(slot, value, options)
  }
}

function put(slot: Slot, value: unknown, options: FieldOptions | undefined): void {
  const old = slot.get()
  if (options?.delimiter) {
    if (typeof old === 'object' && old !== null) throw new KustomizeError('delimiter option can only be used with scalar nodes')
    const parts = String(old ?? '').split(options.delimiter)
    const index = options.index ?? 0
    if (index < 0) parts.unshift(String(value))
    else if (index >= parts.length) parts.push(String(value))
    else parts[index] = String(value)
    slot.set(parts.join(options.delimiter))
    return
  }
  slot.set(asTypeOf(old, cloneJson(value)))
}

/** A scalar takes the new text but keeps its type: a number stays one. */
function asTypeOf(old: unknown, value: unknown): unknown {
  if (typeof value === 'object' || typeof old === 'object' || old === undefined) return value
  if (typeof old === 'string') return old === '' ? value : String(value)
  return typeof value === 'string' ? parseYaml(value).value : value
}

/** A path may go on inside of a text that holds YAML or JSON, such as a ConfigMap's file. */
function insideOfText(
  resource: Resource,
  parts: readonly string[],
  value: unknown,
  create: 'text' | 'map' | 'list' | 'none',
  options: FieldOptions | undefined,
): boolean {
  for (let length = 1; length < parts.length; length++) {
    const [holder] = slotsAt(rootSlot(resource), parts.slice(0, length), 'none')
    const text = holder?.get()
    if (holder === undefined || typeof text !== 'string') continue
    const inner = attempt(() => parseYaml(text).value)
    if (typeof inner !== 'object' || inner === null) return false
    const root = { whole: inner as unknown }
    const slots = slotsAt(slotOf(root, 'whole'), parts.slice(length), create)
    if (slots.length === 0) return false
    for (const slot of slots) put(slot, value, options)
    holder.set(/^\s*[{[]/.test(text) ? asJson(root.whole, text) : asYaml(root.whole))
    return true
  }
  return false
}

function asJson(value: unknown, original: string): string {
  const compact = goJson(value)
  return original.includes('\n') && original.includes('  ') ? JSON.stringify(JSON.parse(compact), null, 2) : compact
}

function asYaml(value: unknown): string {
  return stringify(value).trim()
}
