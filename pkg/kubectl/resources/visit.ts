/** From a command line to objects: those of files, and those that the server has. */
import { cloneJson } from '#apimachinery/json-value.ts'
import { apiVersionOf, type KubeList, parseApiVersion } from '#apimachinery/object.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import type { RawRequest } from '#client/types.ts'
import { StaleCatalog } from '../catalog/cache.ts'
import type { ApiResource } from '../catalog/types.ts'
import { CommandError, refusedGet, throwGathered } from '../errors.ts'
import type { Invocation } from '../types.ts'
import { partsOf, targetsOf } from './args.ts'
import { type Manifest, readManifests } from './files.ts'
import type { Item, Target } from './types.ts'

const chunk = 500

export interface Selection {
  readonly selector?: string
  readonly fieldSelector?: string
  readonly allNamespaces?: boolean
}

/** The namespace that a request for this resource goes to. */
export function scopeOf(resource: ApiResource, namespace: string, allNamespaces = false): string | undefined {
  return resource.namespaced && !allNamespaces ? namespace : undefined
}

/** One page after the other, as bodies of the given media type. */
export async function* listPages(
  { session }: Invocation,
  resource: ApiResource,
  namespace: string | undefined,
  { selector, fieldSelector }: Selection,
  { accept = 'application/json', limit = chunk, query = {} as Record<string, string> } = {},
): AsyncIterable<any> {
  let next: string | undefined
  do {
    const path =
      resourcePath(resource, { namespace }) +
      queryString({ labelSelector: selector, fieldSelector, limit: limit > 0 ? limit : undefined, continue: next, ...query })
    const page = await session.json({ method: 'GET', path, headers: { accept } }).catch((error) => {
      throw listFailure(error, resource, selector, fieldSelector)
    })
    yield page
    next = page.metadata?.continue
  } while (next)
}

/** A refused list says what it was a list of. */
function listFailure(error: unknown, { group, version, plural }: ApiResource, selector = '', fieldSelector = ''): unknown {
  if (!(error instanceof StatusError) || (error.reason !== 'BadRequest' && error.reason !== 'NotFound')) return error
  const what = JSON.stringify(`${group}/${version}, Resource=${plural}`)
  const message =
    selector === '' && fieldSelector === ''
      ? `Unable to list ${what}: ${error.message}`
      : `Unable to find ${what} that match label selector ${JSON.stringify(selector)}, field selector ${JSON.stringify(fieldSelector)}: ${error.message}`
  return new StatusError({ code: error.code, reason: error.reason, message, details: error.details })
}

export async function listItems(invocation: Invocation, resource: ApiResource, namespace: string | undefined, selection: Selection = {}): Promise<Item[]> {
  const found: Item[] = []
  for await (const page of listPages(invocation, resource, namespace, selection)) {
    for (const object of (page as KubeList<any>).items ?? []) {
      found.push(itemOf(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object }))
    }
  }
  return found
}

export function itemOf(resource: ApiResource, object: any, source?: string): Item {
  const { name = '', namespace } = object.metadata ?? {}
  return { resource, object, name, namespace: resource.namespaced ? namespace : undefined, ...(source ? { source } : {}) }
}

export async function getItem(invocation: Invocation, resource: ApiResource, namespace: string | undefined, name: string, subresource = ''): Promise<Item> {
  const path = resourcePath(resource, { namespace, name, subresource: subresource || undefined })
  return itemOf(resource, await readOne(invocation, namespace, { method: 'GET', path }))
}

/** One object by name. Of what is not found because its whole namespace is missing, that is told instead, as by cli-runtime's `Info.Get`. */
export async function readOne({ session }: Invocation, namespace: string | undefined, request: RawRequest): Promise<any> {
  try {
    return await session.json(request)
  } catch (error) {
    if (namespace && namespace !== 'default' && isNotFound(error)) {
      await session.json({ method: 'GET', path: `/api/v1/namespaces/${namespace}` }).catch((missing) => {
        if (isNotFound(missing)) throw missing
      })
    }
    throw error
  }
}

/** `refuse` takes what is wrong with one file or object, and the others go on. Files' objects, each with its resource and namespace, not yet read from the server. */
export async function manifestItems(
  invocation: Invocation,
  { refuse, local = false }: { readonly refuse?: ((error: unknown) => void) | undefined /** No namespace is put in. */; readonly local?: boolean } = {},
): Promise<Item[]> {
  // Upstream tells of objects that are out of place before it tells of what could not be read.
  const later: unknown[] = []
  const manifests = await readManifests(invocation, refuse && ((error) => later.push(error)))
  if (manifests.length === 0) {
    for (const error of later) refuse?.(error)
    return []
  }
  // What stays here needs no server.
  if (local) return manifests.map(({ object, source }) => itemOf(unaskedResource(object), cloneJson(object), source))
  const catalog = await invocation.session.catalog().catch((error) => {
    throw unreachable(invocation, error, manifests[0]!.source)
  })
  const { namespace, namespaceGiven } = await invocation.session.connection()
  const placedOf = ({ object, source }: Manifest): Item => {
    const resource = catalog.byKind(object.apiVersion, object.kind)
    if (!resource) throw noMapping({ object, source }, toldBare(invocation))
    const placed = cloneJson(object)
    placed.metadata ??= {}
    if (resource.namespaced) {
      placed.metadata.namespace ||= namespace
      if (namespaceGiven && placed.metadata.namespace !== namespace) throw wrongNamespace(placed.metadata.namespace, namespace)
    }
    return itemOf(resource, placed, source)
  }
  const items = manifests.flatMap((manifest) => {
    try {
      return [placedOf(manifest)]
    } catch (error) {
      if (!refuse || error instanceof StaleCatalog) throw error
      if (error instanceof WrongNamespace) refuse(error)
      else later.push(error)
      return []
    }
  })
  for (const error of later) refuse?.(error)
  return items
}

/** A kind as its object tells it. */
function unaskedResource({ apiVersion, kind }: any): ApiResource {
  const plural = `${kind.toLowerCase()}s`
  return {
    ...parseApiVersion(apiVersion),
    kind,
    plural,
    namespaced: true,
    singular: '',
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
    preferred: true,
  }
}

/** Who cannot ask the server what a file's objects are says so of the file. */
/** Those that gather failures tell this one as it stands, without "error: ". */
function toldBare({ path }: Invocation): { readonly bare: boolean } {
  return { bare: /\b(get|describe)$/.test(path) }
}

function unreachable(invocation: Invocation, error: unknown, source: string): unknown {
  const { flags } = invocation
  const { bare } = toldBare(invocation)
  const validates = flags.has('validate') && !['false', 'ignore'].includes(flags.string('validate'))
  const told = refusedGet(error, validates ? '/openapi/v2' : '/api')
  if (told === undefined) return error
  return new CommandError(
    validates
      ? `error: error validating ${JSON.stringify(source)}: error validating data: failed to download openapi: ${told}; if you choose to ignore these errors, turn validation off with --validate=false`
      : `${bare ? '' : 'error: '}unable to recognize ${JSON.stringify(source)}: ${told}`,
    1,
    { bare },
  )
}

class WrongNamespace extends CommandError {}

function wrongNamespace(of: string, wanted: string): CommandError {
  return new WrongNamespace(
    `error: the namespace from the provided object ${JSON.stringify(of)} does not match the namespace ${JSON.stringify(wanted)}. You must pass '--namespace=${of}' to perform this operation.`,
  )
}

function noMapping({ object, source }: Manifest, { bare }: { readonly bare: boolean }): CommandError {
  const { name = '', namespace = '' } = object.metadata ?? {}
  return new CommandError(
    `${bare ? '' : 'error: '}resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(namespace)} from ${JSON.stringify(source)}: no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}\nensure CRDs are installed first`,
    1,
    { bare },
  )
}

export function selectionOf({ flags }: Invocation): Selection {
  return {
    ...(flags.has('selector') ? { selector: flags.string('selector').trim() } : {}),
    ...(flags.has('field-selector') ? { fieldSelector: flags.string('field-selector').trim() } : {}),
    ...(flags.has('all-namespaces') ? { allNamespaces: flags.bool('all-namespaces') } : {}),
  }
}

export function hasFiles({ flags }: Invocation): boolean {
  return flags.has('filename') && (flags.list('filename').length > 0 || flags.string('kustomize') !== '')
}

export interface VisitOptions {
  /** Given instead of the invocation's arguments. */
  readonly args?: readonly string[]
  /** A bare type means all of it; where --all of the line does not say so. */
  readonly allowList?: boolean
  readonly selectAll?: boolean
  /** Keep files' own objects instead of reading them from the server. */
  readonly local?: boolean
  /** The same, with the namespace they are to be in. */
  readonly asGiven?: boolean
  readonly onError?: (error: unknown) => void
  /** Where --selector of the line does not select what is visited. */
  readonly selection?: Selection
}

/** Live objects of all that the line names; the first failure ends it unless `onError` takes it. */
export async function visit(invocation: Invocation, options: VisitOptions = {}): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of visitInTurn(invocation, options)) found.push(item)
  return found
}

/** The same one after the other: each is read when the one before it has been dealt with. */
export async function* visitInTurn(invocation: Invocation, options: VisitOptions = {}): AsyncGenerator<Item> {
  const { flags, session } = invocation
  const args = options.args ?? invocation.args
  const refuse = (error: unknown): void => {
    if (!options.onError) throw error
    options.onError(error)
  }
  if (hasFiles(invocation)) {
    if (args.length > 0) throw new CommandError('error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well')
    for (const item of await manifestItems(invocation, { refuse: options.onError, local: options.local ?? false })) {
      if (options.local || options.asGiven) yield item
      else {
        const live = await getItem(invocation, item.resource, item.namespace, item.name).catch(refuse)
        if (live) yield { ...live, ...(item.source ? { source: item.source } : {}) }
      }
    }
    return
  }
  const selection = options.selection ?? selectionOf(invocation)
  const settings = {
    ...selection,
    allowList: options.allowList ?? (flags.has('all') && flags.bool('all')),
    ...(options.selectAll === undefined ? {} : { selectAll: options.selectAll }),
  }
  partsOf(args, settings)
  const targets = targetsOf(await session.catalog(), args, settings)
  const namespace = await session.namespace()
  for (const target of targets) yield* (await itemsOf(invocation, target, namespace, selection).catch(refuse)) ?? []
}

/** Does something with each in turn, whatever fails, and then tells all that failed (upstream's ContinueOnError). Answers how many there were. */
export async function forEachItem(invocation: Invocation, options: Omit<VisitOptions, 'onError'>, act: (item: Item) => void | Promise<void>): Promise<number> {
  const errors: unknown[] = []
  const gather = (error: unknown): void => void errors.push(error)
  let count = 0
  for await (const item of visitInTurn(invocation, { ...options, onError: gather })) {
    count++
    try {
      await act(item)
    } catch (error) {
      gather(error)
    }
  }
  throwGathered(errors)
  return count
}

async function itemsOf(invocation: Invocation, target: Target, namespace: string, selection: Selection): Promise<Item[]> {
  const { resource } = target
  if (target.type === 'get') {
    if (selection.allNamespaces && resource.namespaced) throw new CommandError('error: a resource cannot be retrieved by name across all namespaces')
    // Who changes a subresource reads that one first.
    const subresource = invocation.flags.has('subresource') ? invocation.flags.string('subresource') : ''
    return [await getItem(invocation, resource, scopeOf(resource, namespace), target.name, subresource)]
  }
  return listItems(invocation, resource, scopeOf(resource, namespace, selection.allNamespaces), selection)
}
