/** What can be asked of each path, as data; versions 2 and 3 write it down in their own way (k8s.io/apiserver's installer, kube-openapi's builder). */
import { DeleteOptionsSchema, PatchSchema, StatusSchema, WatchEventSchema } from '#apimachinery/gen/meta-v1.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { ScaleSchema } from '#api/gen/autoscaling/v1.ts'
import { scheme } from '#api/scheme.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { subresourcesOf, type SubresourceFacts } from '../discovery/resources.ts'
import { answersDeletedObject } from '../registry/deleted-answer.ts'
import {
  deleteParameters,
  listParameters,
  optionParameters,
  patchParameters,
  pathParameters,
  prettyParameter,
  type Parameter,
  selectingParameters,
  versionParameter,
  writeParameters,
} from './parameters.ts'
import type { Descriptions } from './types.ts'

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch'

export interface Operation {
  readonly method: Method
  readonly tag: string
  readonly id: string
  readonly description: string
  /** "list", "watchlist", "connect": what upstream calls it. */
  readonly action?: string
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string }
  readonly parameters: readonly Parameter[]
  readonly body?: { readonly type: StructSchema; readonly required: boolean }
  /** The type of the answer, or the name of a model; undefined: text. */
  readonly answer: StructSchema | string | undefined
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  /** Besides 401, with what they are called. */
  readonly codes: readonly (200 | 201 | 202)[]
}

export interface PathItem {
  readonly path: string
  /** What all operations of the path have in common. */
  readonly parameters: readonly Parameter[]
  readonly operations: readonly Operation[]
}

export const encodings = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
const anything = ['*/*']
const patches = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']
const defaultVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const proxyMethods: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']
const streamMethods: readonly Method[] = ['get', 'post']

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

/** "core", "apps", "rbacAuthorization". */
export function groupTag(group: string): string {
  const [first = '', ...words] = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split('.')
  return [first, ...words.map(capital)].join('')
}

/** "Core", "RbacAuthorization". */
export function groupWord(group: string): string {
  return capital(groupTag(group))
}

export function rootOf(definition: { group: string; version: string }): string {
  return `${definition.group === '' ? '/api' : '/apis'}/${apiVersionOf(definition)}`
}

export interface PathsContext {
  /** The type of a kind's list. */
  readonly listOf: (definition: ResourceDefinition) => StructSchema | undefined
  readonly descriptions: Descriptions
}

/** All paths of one resource. */
export function pathsOf(definition: ResourceDefinition, context: PathsContext): PathItem[] {
  return new Paths(definition, context).all()
}

/** A path of these operations: what all of them take is said of the path. */
export function pathItem(path: string, operations: readonly Operation[]): PathItem {
  const key = ({ name, in: place }: Parameter): string => `${name} ${place}`
  const everywhere = (parameter: Parameter): boolean => operations.every(({ parameters }) => parameters.some((each) => key(each) === key(parameter)))
  const common = (operations[0]?.parameters ?? []).filter(everywhere)
  const own = new Set(common.map(key))
  return {
    path,
    parameters: inOrder(common),
    operations: operations.map((each) => ({ ...each, parameters: inOrder(each.parameters.filter((parameter) => !own.has(key(parameter)))) })),
  }
}

function inOrder(parameters: readonly Parameter[]): Parameter[] {
  return parameters.toSorted((a, b) => (a.name === b.name ? (a.in < b.in ? -1 : 1) : a.name < b.name ? -1 : 1))
}

type Part = Pick<Operation, 'method' | 'action' | 'description' | 'answer'> & Partial<Operation>

class Paths {
  readonly #definition: ResourceDefinition
  readonly #context: PathsContext
  readonly #list: StructSchema | undefined
  readonly #word: string
  readonly #encodings: readonly string[]

  constructor(definition: ResourceDefinition, context: PathsContext) {
    this.#definition = definition
    this.#context = context
    this.#list = context.listOf(definition)
    this.#word = `${groupWord(definition.group)}${capital(definition.version)}`
    this.#encodings = definition.custom ? encodings.slice(0, 2) : encodings
  }

  all(): PathItem[] {
    const { namespaced, plural, custom } = this.#definition
    const root = rootOf(this.#definition)
    const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`
    const item = `${collection}/{name}`
    const paths = [this.#collection(collection), this.#item(item), ...subresourcesOf(this.#definition).flatMap((each) => this.#subresource(item, each))]
    if (namespaced && this.#serves('list')) paths.push(this.#everywhere(`${root}/${plural}`))
    if (!custom && this.#serves('watch')) paths.push(...this.#watches(root))
    return paths.filter(({ operations }) => operations.length > 0)
  }

  #serves(verb: string): boolean {
    return (this.#definition.verbs ?? defaultVerbs).includes(verb)
  }

  get #scoped(): string {
    return this.#definition.namespaced ? 'Namespaced' : ''
  }

  #operation(path: string, verb: string, { parameters = [], ...part }: Part, suffix = ''): Operation {
    const { group, version, kind, custom } = this.#definition
    return {
      tag: `${groupTag(group)}_${version}`,
      id: `${verb}${this.#word}${this.#scoped}${kind}${suffix}`,
      kind: { group, version, kind },
      consumes: custom ? this.#encodings : anything,
      produces: this.#encodings,
      codes: [200],
      ...part,
      parameters: [...parameters, ...pathParameters(path, kind), prettyParameter],
    }
  }

  get #streamed(): Pick<Operation, 'produces'> {
    return { produces: this.#definition.custom ? this.#encodings : [...encodings, ...streams] }
  }

  #collection(path: string): PathItem {
    const { kind, schema, custom } = this.#definition
    const operations: Operation[] = []
    if (this.#serves('list')) {
      const description = `list or watch objects of kind ${kind}`
      operations.push(
        this.#operation(path, 'list', { method: 'get', action: 'list', description, parameters: listParameters, answer: this.#list, ...this.#streamed }),
      )
    }
    if (this.#serves('create')) operations.push(this.#create(path, article(kind), schema))
    if (this.#serves('deletecollection')) {
      operations.push(
        this.#operation(path, 'delete', {
          id: `delete${this.#word}Collection${this.#scoped}${kind}`,
          method: 'delete',
          action: 'deletecollection',
          description: `delete collection of ${kind}`,
          ...(custom
            ? { parameters: listParameters }
            : { parameters: [...deleteParameters, ...selectingParameters], body: { type: DeleteOptionsSchema, required: false } }),
          answer: StatusSchema,
        }),
      )
    }
    return pathItem(path, operations)
  }

  #create(path: string, what: string, type: StructSchema, suffix = ''): Operation {
    const part: Part = {
      method: 'post',
      action: 'post',
      description: `create ${what}`,
      parameters: writeParameters,
      body: { type, required: true },
      answer: type,
      codes: [200, 201, 202],
    }
    return this.#operation(path, 'create', part, suffix)
  }

  #everywhere(path: string): PathItem {
    const { kind } = this.#definition
    const operation = this.#operation(path, 'list', {
      id: `list${this.#word}${kind}ForAllNamespaces`,
      method: 'get',
      action: 'list',
      description: `list or watch objects of kind ${kind}`,
      parameters: listParameters,
      answer: this.#list,
      ...this.#streamed,
    })
    return pathItem(path, [operation])
  }

  /** The paths of old, which only watch. */
  #watches(root: string): PathItem[] {
    const { namespaced, plural, kind } = this.#definition
    const collection = `${root}/watch/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`
    const watch = (path: string, action: string, id: string): PathItem => {
      const what = action === 'watch' ? `changes to an object of kind ${kind}` : `individual changes to a list of ${kind}`
      const description = `watch ${what}. deprecated: use the 'watch' parameter with a list operation instead.`
      return pathItem(path, [
        this.#operation(path, 'watch', { id, method: 'get', action, description, parameters: listParameters, answer: WatchEventSchema, ...this.#streamed }),
      ])
    }
    const name = `watch${this.#word}${this.#scoped}${kind}`
    return [
      watch(collection, 'watchlist', `${name}List`),
      ...(this.#serves('get') ? [watch(`${collection}/{name}`, 'watch', name)] : []),
      ...(namespaced ? [watch(`${root}/watch/${plural}`, 'watchlist', `watch${this.#word}${kind}ListForAllNamespaces`)] : []),
    ]
  }

  #item(path: string): PathItem {
    const { schema, kind } = this.#definition
    const verbs = ['get', 'update', 'patch'].filter((verb) => this.#serves(verb))
    const operations = this.#readAndWrite(path, 'the specified', schema, '', verbs)
    if (this.#serves('delete')) {
      operations.push(
        this.#operation(path, 'delete', {
          method: 'delete',
          action: 'delete',
          description: `delete ${article(kind)}`,
          parameters: deleteParameters,
          body: { type: DeleteOptionsSchema, required: false },
          answer: answersDeletedObject(this.#definition) ? schema : StatusSchema,
          codes: [200, 202],
        }),
      )
    }
    return pathItem(path, operations)
  }

  #subresource(item: string, { name, group, version, kind, verbs }: SubresourceFacts): PathItem[] {
    const path = `${item}/${name}`
    const suffix = capital(name)
    const own = kind === this.#definition.kind
    const type = own ? this.#definition.schema : name === 'scale' ? ScaleSchema : scheme.lookup(apiVersionOf({ group, version }), kind)!
    const asKind = (operation: Operation): Operation => (this.#definition.custom ? operation : { ...operation, kind: { group, version, kind } })
    if (name === 'log') return [this.#log(path)]
    if (/Options$/.test(kind)) return this.#connect(path, type, name, kind)
    if (verbs.includes('create')) return [pathItem(path, [asKind(this.#create(path, `${name} of ${article(this.#definition.kind)}`, type, suffix))])]
    return [pathItem(path, this.#readAndWrite(path, `${name} of the specified`, type, suffix, verbs).map(asKind))]
  }

  #log(path: string): PathItem {
    const options = scheme.lookup('v1', 'PodLogOptions')!
    const part: Part = {
      method: 'get',
      action: 'get',
      description: 'read log of the specified Pod',
      parameters: this.#optionsOf(options),
      answer: undefined,
      produces: ['text/plain', ...encodings],
    }
    return pathItem(path, [this.#operation(path, 'read', part, 'Log')])
  }

  #optionsOf(options: StructSchema): Parameter[] {
    return optionParameters(options, (field) => this.#context.descriptions.ofField(options.name, field))
  }

  #connect(path: string, options: StructSchema, name: string, kind: string): PathItem[] {
    const of = (at: string, methods: readonly Method[], more = ''): PathItem =>
      pathItem(
        at,
        methods.map((method) => ({
          ...this.#operation(path, `connect${this.#word}${capital(method)}`, {
            id: `connect${this.#word}${capital(method)}${this.#scoped}${this.#definition.kind}${capital(name)}${more}`,
            method,
            action: 'connect',
            description: `connect ${method.toUpperCase()} requests to ${name} of ${this.#definition.kind}`,
            answer: undefined,
            produces: anything,
            kind: { group: '', version: 'v1', kind },
          }),
          parameters: [...this.#optionsOf(options), ...pathParameters(at, kind)],
        })),
      )
    return name === 'proxy' ? [of(path, proxyMethods), of(`${path}/{path}`, proxyMethods, 'WithPath')] : [of(path, streamMethods)]
  }

  #readAndWrite(path: string, what: string, type: StructSchema, suffix: string, verbs: readonly string[]): Operation[] {
    const { kind, custom } = this.#definition
    const written = { answer: type, codes: [200, 201] as const }
    const parts: Readonly<Record<string, readonly [string, Part]>> = {
      get: ['read', { method: 'get', action: 'get', description: `read ${what} ${kind}`, answer: type, ...(custom ? { parameters: [versionParameter] } : {}) }],
      update: [
        'replace',
        { method: 'put', action: 'put', description: `replace ${what} ${kind}`, parameters: writeParameters, body: { type, required: true }, ...written },
      ],
      patch: [
        'patch',
        {
          method: 'patch',
          action: 'patch',
          description: `partially update ${what} ${kind}`,
          parameters: patchParameters,
          body: { type: PatchSchema, required: true },
          ...written,
          // Custom resources know no strategic merge, and kubectl asks here whether a kind does.
          consumes: custom ? patches.filter((each) => !each.includes('strategic')) : patches,
          ...(custom ? { codes: [200] as const } : {}),
        },
      ],
    }
    return ['get', 'update', 'patch'].filter((verb) => verbs.includes(verb)).map((verb) => this.#operation(path, parts[verb]![0], parts[verb]![1], suffix))
  }
}

function article(kind: string): string {
  return `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`
}
