/** TYPE NAME…, TYPE/NAME…, TYPE1,TYPE2 (cli-runtime's resource builder, ResourceTypeOrNameArgs). */
import type { ApiResource, Catalog } from '../catalog/types.ts'
import { CommandError } from '../errors.ts'
import type { Target } from './types.ts'

export interface ArgsOptions {
  readonly selector?: string
  readonly fieldSelector?: string
  /** A bare type lists everything of it (upstream's allowEmptySelector). */
  readonly allowList?: boolean
  /** Everything of the types, and no names beside them (upstream's SelectAllParam). */
  readonly selectAll?: boolean
}

interface Named {
  readonly type: string
  readonly name: string
}

interface Parts {
  /** TYPE/NAME. */
  readonly pairs: readonly Named[]
  readonly types?: string
  readonly names: readonly string[]
  /** By selector rather than by name. */
  readonly selects: boolean
}

export function targetsOf(catalog: Catalog, args: readonly string[], options: ArgsOptions = {}): Target[] {
  const { pairs, types, names, selects } = partsOf(args, options)
  if (pairs.length > 0) return pairs.map(({ type, name }) => ({ type: 'get', resource: resourcesOf(catalog, type)[0]!, name }))
  const resources = resourcesOf(catalog, types ?? '')
  if (selects) return resources.map((resource) => ({ type: 'list', resource }))
  if (names.length === 0) throw new CommandError('error: resource(s) were provided, but no name was specified')
  return resources.flatMap((resource) => names.map((name): Target => ({ type: 'get', resource, name })))
}

/** What is wrong with the arguments is told before the server is asked what they mean. */
export function partsOf(args: readonly string[], options: ArgsOptions = {}): Parts {
  const parts = splitArgs(args)
  const { pairs, types, names } = parts
  const isGiven = (selector = ''): boolean => selector.trim() !== ''
  const everything = options.selectAll || (options.allowList && args.length === 1 && pairs.length === 0)
  const selects = isGiven(options.selector) || isGiven(options.fieldSelector) || everything === true
  if (!selects && types === undefined && pairs.length === 0) throw nothingGiven()
  if (selects && names.length > 0) throw new CommandError('error: name cannot be provided when a selector is specified')
  if (selects && pairs.length > 0) throw new CommandError('error: selectors and the all flag cannot be used when passing resource/name arguments')
  if (selects && types === undefined) throw new CommandError('error: at least one resource must be specified to use a selector')
  return { ...parts, selects }
}

function splitArgs(args: readonly string[]): Omit<Parts, 'selects'> {
  const slashes = args.filter((arg) => arg.includes('/')).length
  if (slashes === 0) {
    const [types, ...names] = args
    return { pairs: [], names, ...(types === undefined ? {} : { types }) }
  }
  if (slashes !== args.length) {
    throw new CommandError(
      "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    )
  }
  return { pairs: args.map(pairOf), names: [] }
}

function pairOf(arg: string): Named {
  const [type = '', name = '', ...more] = arg.split('/')
  if (more.length > 0) throw new CommandError('error: arguments in resource/name form may not have more than one slash')
  if (type === '' || name === '') throw new CommandError('error: arguments in resource/name form must have a single resource and name')
  return { type, name }
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

/** What --local says of arguments that only a server could resolve. */
export const localNeedsFiles =
  "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'"
