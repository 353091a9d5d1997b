/** What get asks the server for. */
import { apiVersionOf } from '#apimachinery/object.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import type { ApiResource, Catalog } from '../../catalog/types.ts'
import { CommandError } from '../../errors.ts'
import { targetsOf } from '../../resources/args.ts'
import type { Target } from '../../resources/types.ts'
import { hasFiles, listPages, manifestItems, readOne, scopeOf, selectionOf } from '../../resources/visit.ts'
import type { Invocation } from '../../types.ts'

export const tableAccept = ['v1', 'v1beta1']
  .map((version) => `application/json;as=Table;v=${version};g=meta.k8s.io`)
  .concat('application/json')
  .join(',')

/** One answer: a Table, or what a server gives that has none. */
export interface Answer {
  readonly resource: ApiResource
  readonly body: any
}

export interface Fetched {
  readonly objects: any[]
  /** One object was asked for by name. */
  readonly single: boolean
}

interface Wanted {
  readonly target: Target
  readonly namespace: string | undefined
}

export async function wanted(invocation: Invocation): Promise<Wanted[]> {
  const { session, args } = invocation
  const selection = selectionOf(invocation)
  if (hasFiles(invocation)) {
    if (args.length > 0) throw new CommandError('error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well')
    return (await manifestItems(invocation)).map(({ resource, name, namespace }) => ({ target: { type: 'get', resource, name }, namespace }))
  }
  const catalog = await session.catalog({ fresh: invocation.flags.bool('really-all') })
  const targets = invocation.flags.bool('really-all')
    ? reallyAll(catalog, selection.allNamespaces ?? false).map((resource): Target => ({ type: 'list', resource }))
    : targetsOf(catalog, args, { ...selection, allowList: true })
  const namespace = await session.namespace()
  if (selection.allNamespaces && targets.some((target) => target.type === 'get' && target.resource.namespaced)) {
    throw new CommandError('error: a resource cannot be retrieved by name across all namespaces')
  }
  return targets.map((target) => ({ target, namespace: scopeOf(target.resource, namespace, selection.allNamespaces) }))
}

/** Everything that can be listed in a namespace, and with -A in the cluster; what two groups serve is listed once, and readings of meters are no objects. */
function reallyAll(catalog: Catalog, everywhere: boolean): ApiResource[] {
  return catalog.resources.filter(
    ({ preferred, verbs, namespaced, group }) =>
      preferred && verbs.includes('list') && (namespaced || everywhere) && group !== 'events.k8s.io' && group !== 'metrics.k8s.io',
  )
}

export async function fetchTables(invocation: Invocation, gather: (error: unknown) => void): Promise<Answer[]> {
  const { flags } = invocation
  const sorting = flags.string('sort-by') !== ''
  const query: Record<string, string> = sorting ? { includeObject: 'Object' } : {}
  const limit = sorting ? 0 : flags.int('chunk-size')
  const answers: Answer[] = []
  const accept = flags.bool('server-print') ? tableAccept : 'application/json'
  for (const { target, namespace } of await wanted(invocation)) {
    const { resource } = target
    try {
      if (target.type === 'get') {
        const path = objectPath(invocation, target, namespace) + queryString(query)
        answers.push({ resource, body: await readOne(invocation, namespace, { method: 'GET', path, headers: { accept } }) })
      } else {
        for await (const body of listPages(invocation, resource, namespace, selectionOf(invocation), { accept, limit, query })) answers.push({ resource, body })
      }
    } catch (error) {
      gather(error)
    }
  }
  return answers
}

export function objectPath({ flags }: Invocation, { resource, name }: { resource: ApiResource; name: string }, namespace: string | undefined): string {
  const subresource = flags.string('subresource')
  return resourcePath(resource, { namespace, name, ...(subresource ? { subresource } : {}) })
}

export async function fetchObjects(invocation: Invocation, gather: (error: unknown) => void): Promise<Fetched> {
  const { flags } = invocation
  const all = await wanted(invocation)
  const objects: any[] = []
  for (const { target, namespace } of all) {
    const { resource } = target
    try {
      if (target.type === 'get') objects.push(await readOne(invocation, namespace, { method: 'GET', path: objectPath(invocation, target, namespace) }))
      else {
        for await (const page of listPages(invocation, resource, namespace, selectionOf(invocation), { limit: flags.int('chunk-size') })) {
          for (const item of page.items ?? []) objects.push({ apiVersion: apiVersionOf(resource), kind: resource.kind, ...item })
        }
      }
    } catch (error) {
      gather(error)
    }
  }
  return { objects, single: all.length === 1 && all[0]!.target.type === 'get' && !hasFiles(invocation) }
}
