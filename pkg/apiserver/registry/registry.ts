/** The one registry: finds the kind and the verb of a request, and answers in the form that was asked for. */
import type { ResourceDefinition } from '#api/types.ts'
import { answersDeletedObject } from './deleted-answer.ts'
import { badRequest, methodNotSupported, notFound, type StatusError } from '#apimachinery/status-error.ts'
import { negotiate, type Output } from '../negotiation.ts'
import { jsonResponse, nobodysPath, notAllowedHere, pathNotFound } from '../response.ts'
import type { ApiRequest, ApiResponse } from '../types.ts'
import type { VirtualHandlers } from '../virtual-types.ts'
import type { ConnectHandlers } from '../connect/types.ts'
import type { CacheHub } from '../watchcache/cache-hub.ts'
import { connect } from '../subresources/connect.ts'
import { bindNamed } from '../subresources/binding.ts'
import { subresourceHandler } from '../subresources/index.ts'
import { answerVirtual } from '../subresources/virtual.ts'
import { create } from './create.ts'
import { deleteObject, readDeleteOptions, warnOfPropagation } from './delete.ts'
import { deleteCollection } from './delete-collection.ts'
import { type DefinitionTable, definitionKey } from './definitions.ts'
import { list } from './list.ts'
import { listQuery, parseRevision } from './list-options.ts'
import { type Operation, type RegistryParts, resourceOf } from './operation.ts'
import { showList, showObject, type ShowOptions } from './output.ts'
import { patch, patchKind } from './patch.ts'
import { parseSelection } from './selection.ts'
import { includeObjectOf } from './table.ts'
import { update } from './update.ts'
import { storagePrefix, View } from './view.ts'
import { watch } from './watch.ts'

const defaultVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

export interface RegistryOptions {
  readonly parts: RegistryParts
  readonly definitions: DefinitionTable
  readonly virtual: () => VirtualHandlers
  readonly connect: () => ConnectHandlers
}

export class Registry {
  readonly options: RegistryOptions
  readonly #views = new Map<string, View>()

  constructor(options: RegistryOptions) {
    this.options = options
  }

  /** Makes the kind's cache; loaded when this resolves. */
  async addView(definition: ResourceDefinition): Promise<void> {
    if (definition.virtual) return
    const cache = await this.#hub.cache(storagePrefix(definition))
    const key = definitionKey(definition.group, definition.version, definition.plural)
    const before = this.#views.get(key)
    this.#views.set(key, new View(definition, cache))
    before?.close()
  }

  removeView(group: string, version: string, plural: string): void {
    const key = definitionKey(group, version, plural)
    const view = this.#views.get(key)
    this.#views.delete(key)
    view?.close()
  }

  view(group: string, version: string, plural: string): View | undefined {
    return this.#views.get(definitionKey(group, version, plural))
  }

  /** Any served version of a stored resource. */
  viewOf(group: string, plural: string): View | undefined {
    for (const view of this.#views.values()) if (view.definition.group === group && view.definition.plural === plural) return view
    return undefined
  }

  views(): View[] {
    return [...this.#views.values()]
  }

  get #hub(): CacheHub {
    return this.options.parts.hub
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const { info } = request.context
    const { definitions } = this.options
    const definition = definitions.get(info.group, info.version, info.resource)
    if (!definition) {
      const served = definitions.all().some(({ group, version, custom }) => !custom && group === info.group && version === info.version)
      if (served || info.group === '') throw nobodysPath()
      return pathNotFound()
    }
    // A namespaced path of a kind that is in no namespace, or an object without its namespace, is nobody's.
    const isAside = info.namespace !== '' && !definition.namespaced && (info.resource !== 'namespaces' || info.name !== info.namespace)
    if (isAside || (info.verb === 'watch' && isNoOldWatch(request, definition)) || info.verb === 'proxy') throw nobodysPath()
    if (info.namespace === '' && definition.namespaced && !definition.virtual && info.verb !== 'list' && info.verb !== 'watch') {
      if (request.path.includes('/namespaces//') && (info.name !== '' || info.verb === 'create' || info.verb === 'deletecollection'))
        throw badRequest('Namespace parameter required.')
      if (info.name !== '') throw nobodysPath()
      throw notAllowedHere()
    }
    warnOfDeprecation(request, definition)
    if (definition.plural === 'bindings' && definition.virtual) return this.#bind(request)
    if (definition.virtual && info.subresource === '') return answerVirtual(request, definition, this.options)
    const view = this.view(info.group, info.version, info.resource)
    if (!view) return pathNotFound()
    const operation = this.operation(view, request)
    if (info.subresource !== '') return this.#subresource(operation)
    return this.#main(operation)
  }

  /** The older door to a pod's binding. */
  async #bind(request: ApiRequest): Promise<ApiResponse> {
    const pods = this.viewOf('', 'pods')
    if (request.context.info.verb !== 'create' || !pods) throw notAllowedHere()
    return bindNamed({ ...this.operation(pods, request), subresource: 'binding' })
  }

  operation(view: View, request: ApiRequest): Operation {
    const { info, user, warnings } = request.context
    const { definition } = view
    return {
      parts: this.options.parts,
      view,
      definition,
      request,
      user,
      namespace: definition.namespaced ? info.namespace : '',
      name: info.name,
      subresource: info.subresource,
      warn: (text) => {
        if (!warnings.includes(text)) warnings.push(text)
      },
    }
  }

  async #main(operation: Operation): Promise<ApiResponse> {
    const { definition, request, parts, view } = operation
    const { verb } = request.context.info
    refuseHead(operation)
    if (verb === 'watch' && request.method !== 'GET') throw notAllowedHere()
    if (!(definition.verbs ?? defaultVerbs).includes(verb)) throw verbNotSupported(operation)
    // A new object is posted to the collection; one that is there is written at its own address.
    if (verb === 'create' ? operation.name !== '' : (verb === 'update' || verb === 'patch') && operation.name === '') {
      if (!definition.custom) throw notAllowedHere()
      // Custom resources have one handler for all of their paths, which finds out later.
      if (verb === 'patch') patchKind(operation)
      if (verb !== 'create') throw badRequest('name must be provided')
    }
    const show = showOptions(operation, verb === 'watch')
    switch (verb) {
      case 'get': {
        if (request.query.has('export')) throw badRequest('the export parameter, deprecated since v1.14, is no longer supported')
        const revision = parseRevision(request.query.get('resourceVersion') ?? '', 'get')
        if (revision > 0) await parts.hub.waitFor(revision)
        else await parts.hub.fresh()
        const stored = view.cache.get(view.key(operation.namespace, operation.name))
        if (!stored) throw notFound(resourceOf(operation), operation.name)
        await view.prepare(() => [stored])
        return showObject(stored, 200, show)
      }
      case 'list': {
        const query = listQuery(request.query, false)
        return showList(await list(operation, query, parseSelection(view, request.query, operation.name)), show)
      }
      case 'watch': {
        const query = listQuery(request.query, true)
        return watch(operation, query, parseSelection(view, request.query, operation.name), show)
      }
      case 'create':
        return showObject(await create(operation), 201, show)
      case 'update':
      case 'patch': {
        const { object, created } = verb === 'update' ? await update(operation) : await patch(operation)
        return showObject(object, created ? 201 : 200, show)
      }
      case 'delete':
        return showDeleted(operation, show)
      case 'deletecollection':
        return showList(await deleteCollection(operation), show)
      default:
        throw verbNotSupported(operation)
    }
  }

  async #subresource(operation: Operation): Promise<ApiResponse> {
    const { definition, subresource, request } = operation
    // Only proxies go on.
    if (request.context.info.parts.length > 0 && subresource !== 'proxy') throw nobodysPath()
    const connectHandler = this.options.connect()[`${definition.plural}/${subresource}`]
    if (connectHandler && definition.group === '') {
      if (subresource === 'log') refuseHead(operation)
      return connect(operation, connectHandler)
    }
    refuseHead(operation)
    const handler = subresourceHandler(definition, subresource)
    if (handler) return handler(operation, this)
    const isDoor = subresource === 'status' ? definition.status !== undefined : definition.subresources?.[subresource] !== undefined
    if (!isDoor) throw nobodysPath()
    if (subresource === 'finalize' && request.context.info.verb !== 'update') throw notAllowedHere()
    const show = showOptions(operation, false)
    switch (request.context.info.verb) {
      case 'get': {
        await operation.parts.hub.fresh()
        const stored = operation.view.cache.get(operation.view.key(operation.namespace, operation.name))
        if (!stored) throw notFound(resourceOf(operation), operation.name)
        await operation.view.prepare(() => [stored])
        return showObject(stored, 200, show)
      }
      case 'update':
        return showObject((await update(operation)).object, 200, show)
      case 'patch':
        return showObject((await patch(operation)).object, 200, show)
      default:
        throw verbNotSupported(operation)
    }
  }
}

export function showOptions(operation: Operation, watching: boolean): ShowOptions {
  const { request, definition, view, parts } = operation
  const protobuf = definition.custom === undefined
  const output: Output = negotiate(request, {
    transforms: true,
    protobuf,
    watch: watching,
    streams: request.method === 'GET' && request.context.info.name === '',
  })
  return { view, output, includeObject: includeObjectOf(request.query), now: parts.clock.now() }
}

/** Upstream routes built-in kinds by method, and custom resources by verb. */
function verbNotSupported(operation: Operation): StatusError {
  return operation.definition.custom ? methodNotSupported(resourceOf(operation), operation.request.context.info.verb) : notAllowedHere()
}

const oldWatch = /^\/api\/[^/]+\/watch\/|^\/apis\/[^/]+\/[^/]+\/watch\//

/** A path of old, which only watches, of what nobody can watch there. */
function isNoOldWatch({ path, context: { info } }: ApiRequest, { namespaced, verbs = defaultVerbs }: ResourceDefinition): boolean {
  if (!oldWatch.test(path)) return false
  return info.subresource !== '' || !verbs.includes('watch') || (namespaced && info.namespace === '' && info.name !== '')
}

/** Upstream has no route for HEAD but for custom resources, which it tells apart by verb, and the proxies. */
function refuseHead({ request, definition }: Operation): void {
  if (request.method === 'HEAD' && !definition.custom) throw notAllowedHere()
}

const deprecated: Readonly<Record<string, string>> = {
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

function warnOfDeprecation({ context: { info, warnings, audit } }: ApiRequest, { deprecationWarning }: ResourceDefinition): void {
  const text = deprecationWarning ?? deprecated[`${info.group}/${info.version}/${info.resource}`]
  if (!text || info.resource === 'componentstatuses') return
  warnings.push(text)
  audit?.annotate('k8s.io/deprecated', 'true')
}

async function showDeleted(operation: Operation, show: ShowOptions): Promise<ApiResponse> {
  const { definition, name, view } = operation
  const options = await readDeleteOptions(operation.request)
  warnOfPropagation(operation, options)
  const { object, gone } = await deleteObject(operation, options)
  if (!gone) return showObject(object, options.orphanDependents === false ? 202 : 200, show)
  if (answersDeletedObject(definition)) return showObject(object, 200, show)
  const details = {
    name,
    ...(definition.group ? { group: definition.group } : {}),
    kind: definition.plural,
    uid: view.object(object).metadata.uid,
  }
  return jsonResponse(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
}
