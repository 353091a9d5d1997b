/** TYPE NAME…, TYPE/NAME…, TYPE1,TYPE2 (cli-runtime's resource builder, ResourceTypeOrNameArgs). */
import type { ApiResource, Catalog } from '../catalog/types.ts'
import { CommandError } from '../errors.ts'
import type { Target } from './types.ts'

export interface ArgsOptions {
  readonly selector?: string
  readonly fieldSelector?: string
  readonly all?: boolean
  /** A bare type lists everything of it. */
  readonly allowList?: boolean
}

export function targetsOf(catalog: Catalog, args: readonly string[], options: ArgsOptions = {}): Target[] {
  const slashes = args.filter((arg) => arg.includes('/')).length
  if (slashes > 0) {
    if (slashes !== args.length) {
      throw new CommandError(
        "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      )
    }
    return args.map((arg) => named(catalog, arg, options))
  }
  const [types, ...names] = args
  if (types === undefined) return []
  const resources = resourcesOf(catalog, types)
  if (names.length > 0) {
    if (options.selector || options.fieldSelector || options.all) throw new CommandError('error: name cannot be provided when a selector is specified')
    return resources.flatMap((resource) => names.map((name): Target => ({ type: 'get', resource, name })))
  }
  if (!options.allowList && !options.selector && !options.fieldSelector && !options.all)
    throw new CommandError('error: resource(s) were provided, but no name was specified')
  return resources.map((resource) => ({ type: 'list', resource }))
}

function named(catalog: Catalog, arg: string, options: ArgsOptions): Target {
  const [type = '', name = '', ...more] = arg.split('/')
  if (more.length > 0) throw new CommandError('error: arguments in resource/name form may not have more than one slash')
  if (type === '' || name === '') throw new CommandError('error: arguments in resource/name form must have a single resource and name')
  if (options.selector || options.all) throw new CommandError('error: name cannot be provided when a selector is specified')
  return { type: 'get', resource: resourcesOf(catalog, type)[0]!, name }
}

/** "pods,svc" and categories. */
export function resourcesOf(catalog: Catalog, types: string): ApiResource[] {
  const found: ApiResource[] = []
  for (const word of types.split(',')) {
    const members = catalog.category(word) ?? [catalog.resolve(word)]
    for (const member of members) if (!found.includes(member)) found.push(member)
  }
  return found
}

/** A resource that the command itself maps: unlike for its arguments, upstream tells a failure without "error:". */
export function mustMap(catalog: Catalog, word: string): ApiResource {
  const found = catalog.find(word)
  if (found) return found
  throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(word)}`, 1, { bare: true })
}

/** What a command that needs something to work on says when it got nothing. */
export function nothingGiven(): CommandError {
  return new CommandError(`error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`)
}
