/** Writing objects, with dry runs and field managers, and telling what was done. */
import { cloneJson, equalJson } from '#apimachinery/json-value.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import type { ApiResource } from '../catalog/types.ts'
import { CommandError } from '../errors.ts'
import { type PrintObject, printerOf } from '../printers/index.ts'
import { kindName } from '../printers/kind-name.ts'
import type { Invocation } from '../types.ts'
import type { Item } from './types.ts'

export type DryRun = 'none' | 'client' | 'server'

/** Each says once that its words are old ones. */
const toldOf = new WeakSet<Invocation>()

export function dryRunOf(invocation: Invocation): DryRun {
  const { flags } = invocation
  const err = (text: string): void => {
    if (!toldOf.has(invocation)) invocation.err(text)
    toldOf.add(invocation)
  }
  const value = flags.has('dry-run') ? flags.string('dry-run') : 'none'
  if (value === 'none' || value === 'client' || value === 'server') return value
  if (value === 'unchanged') {
    err('W0000 00:00:00.000000       0 helpers.go:719] --dry-run is deprecated and can be replaced with --dry-run=client.\n')
    return 'client'
  }
  if (['true', 'false'].includes(value)) {
    err(
      `W0000 00:00:00.000000       0 helpers.go:${value === 'true' ? 733 : 736}] --dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=${value === 'true' ? 'client' : 'none'}.\n`,
    )
    return value === 'true' ? 'client' : 'none'
  }
  throw new CommandError(`error: Invalid dry-run value (${value}). Must be "none", "server", or "client".`)
}

export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === 'none' ? '' : dryRun === 'client' ? ' (dry run)' : ' (server dry run)'
}

/** Prints what was done to an object: "pod/web created", or the object itself in the format of -o. */
export async function outcomePrinter(
  invocation: Invocation,
  { tellsDryRun = true, typed = false }: { readonly tellsDryRun?: boolean; readonly typed?: boolean } = {},
): Promise<(object: any, operation: string) => void> {
  const suffix = tellsDryRun ? dryRunSuffix(dryRunOf(invocation)) : ''
  const printer: PrintObject | undefined = invocation.flags.has('output') ? await printerOf(invocation, 'plain', { typed }) : undefined
  return (object, operation) => invocation.out(printer ? printer(object) : `${kindName(object)} ${operation}${suffix}\n`)
}

export function fieldValidationOf({ flags }: Invocation): string | undefined {
  if (!flags.has('validate')) return undefined
  const value = flags.string('validate')
  if (value === 'true' || value === 'strict' || value === '') return 'Strict'
  if (value === 'warn') return 'Warn'
  if (value === 'false' || value === 'ignore') return 'Ignore'
  throw new CommandError(`error: invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`)
}

export interface WriteSettings {
  readonly dryRun?: DryRun
  readonly fieldManager?: string
  readonly force?: boolean
  readonly subresource?: string
}

function queryOf(invocation: Invocation, { dryRun, fieldManager, force }: WriteSettings, verb: string): string {
  const manager = fieldManager ?? (invocation.flags.has('field-manager') ? invocation.flags.string('field-manager') : undefined)
  return queryString({
    dryRun: dryRun === 'server' ? 'All' : undefined,
    fieldManager: verb === 'DELETE' ? undefined : manager,
    fieldValidation: verb === 'DELETE' ? undefined : fieldValidationOf(invocation),
    force,
  })
}

export function createObject(
  invocation: Invocation,
  { resource, namespace, object }: Pick<Item, 'resource' | 'namespace' | 'object'>,
  settings: WriteSettings = {},
): Promise<any> {
  const path = resourcePath(resource, { namespace }) + queryOf(invocation, settings, 'POST')
  return invocation.session.json({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(object) })
}

export function replaceObject(invocation: Invocation, { resource, namespace, name, object }: Item, settings: WriteSettings = {}): Promise<any> {
  const path = resourcePath(resource, { namespace, name, subresource: settings.subresource || undefined }) + queryOf(invocation, settings, 'PUT')
  return invocation.session.json({ method: 'PUT', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(object) })
}

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export type PatchKind = keyof typeof patchTypes

export function patchObject(
  invocation: Invocation,
  { resource, namespace, name }: Pick<Item, 'resource' | 'namespace' | 'name'>,
  type: PatchKind,
  patch: unknown,
  settings: WriteSettings = {},
): Promise<any> {
  const path = resourcePath(resource, { namespace, name, subresource: settings.subresource || undefined }) + queryOf(invocation, settings, 'PATCH')
  return invocation.session.json({
    method: 'PATCH',
    path,
    headers: { 'content-type': patchTypes[type] },
    body: typeof patch === 'string' ? patch : JSON.stringify(patch),
  })
}

/** Of --cascade, which was a truth once. */
export function propagationPolicyOf({ flags, err }: Invocation): string {
  const cascade = flags.string('cascade')
  const truth = /^(?:[1tT]|true|TRUE|True)$/.test(cascade) ? 'background' : /^(?:[0fF]|false|FALSE|False)$/.test(cascade) ? 'orphan' : undefined
  if (truth) err(`warning: --cascade=${cascade} is deprecated (boolean value) and can be replaced with --cascade=${truth}.\n`)
  const policy = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' }[truth ?? cascade]
  if (!policy) throw new CommandError(`error: invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`)
  return policy
}

export interface Removal {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: string
  readonly dryRun?: DryRun
}

/** The server's answer: a Status, or the object while it is still going. */
export function deleteObject(
  invocation: Invocation,
  { resource, namespace, name }: Pick<Item, 'resource' | 'namespace' | 'name'>,
  removal: Removal = {},
): Promise<any> {
  const { dryRun, ...rest } = removal
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...rest, ...(dryRun === 'server' ? { dryRun: ['All'] } : {}) }
  return invocation.session.json({
    method: 'DELETE',
    path: resourcePath(resource, { namespace, name }),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** A patch that turns what is live into what it shall be: strategic for built-in kinds, merge for others. */
export async function patchBetween(before: any, after: any): Promise<{ type: PatchKind; patch: Record<string, unknown> } | undefined> {
  if (equalJson(before, after)) return undefined
  const [{ createMergePatch, createTwoWayStrategicPatch }, { lookupType }] = await Promise.all([
    import('#apimachinery/patch/create/index.ts'),
    import('#api/scheme.ts'),
  ])
  const schema = lookupType(before.apiVersion, before.kind)
  return schema ? { type: 'strategic', patch: createTwoWayStrategicPatch(schema, before, after) } : { type: 'merge', patch: createMergePatch(before, after) }
}

/** Changes a copy and sends the difference; with a dry run of the client, the copy is the outcome. Undefined when nothing changes. */
export async function changeObject(
  invocation: Invocation,
  item: Item,
  change: (copy: any) => void,
  settings: WriteSettings & { local?: boolean } = {},
): Promise<any | undefined> {
  const copy = cloneJson(item.object)
  change(copy)
  const difference = await patchBetween(item.object, copy)
  if (!difference) return undefined
  if (settings.dryRun === 'client' || settings.local) return copy
  return patchObject(invocation, item, difference.type, difference.patch, settings)
}

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** The object as it is kept in the annotation of what was applied: one line, without the annotation itself. */
export async function appliedText(object: any): Promise<string> {
  const { compactJson } = await import('../printers/json.ts')
  const copy = cloneJson(object)
  copy.metadata ??= {}
  copy.metadata.annotations = { ...copy.metadata.annotations }
  delete copy.metadata.annotations[lastApplied]
  return `${compactJson(copy)}\n`
}

/** As `withLastApplied`, of what upstream holds as structs: what a generator made, mostly before it has a namespace. */
export async function withGenerated(object: any, { hasNamespace = false }: { readonly hasNamespace?: boolean } = {}): Promise<any> {
  const { toTypedJson } = await import('../printers/typed-json.ts')
  const copy = cloneJson(object)
  const { annotations, namespace, ...bare } = copy.metadata
  const metadata = hasNamespace ? { ...bare, namespace } : bare
  const { [lastApplied]: _, ...others } = annotations ?? {}
  const kept = Object.keys(others).length > 0 ? { ...metadata, annotations: others } : metadata
  copy.metadata.annotations = { ...others, [lastApplied]: `${toTypedJson({ ...copy, metadata: kept }, { indent: '' })}\n` }
  return copy
}

export async function withLastApplied(object: any): Promise<any> {
  const copy = cloneJson(object)
  copy.metadata ??= {}
  copy.metadata.annotations = { ...copy.metadata.annotations, [lastApplied]: await appliedText(object) }
  return copy
}

/** A kind that the command itself writes, looked up so that it works on any server. */
export async function builtIn(invocation: Invocation, apiVersion: string, kind: string): Promise<ApiResource> {
  const found = (await invocation.session.catalog()).byKind(apiVersion, kind)
  if (!found) throw new CommandError(`error: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`)
  return found
}
