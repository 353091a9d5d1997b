/** What can be asked of each path, as data; versions 2 and 3 write it down in their own way. */
import { apiVersionOf } from '#apimachinery/object.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ScaleSchema } from '#api/gen/autoscaling/v1.ts'
import { deleteParameters, listParameters, patchParameters, pathParameters, prettyParameter, type Parameter, writeParameters } from './parameters.ts'

export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch'
  /** "list", "watchlist", "connect": what upstream calls it. */
  readonly action: string
  readonly id: string
  readonly description: string
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly parameters: readonly Parameter[]
  /** The type of the body; "patch" and "delete options" are the methods' own. */
  readonly body?: StructSchema | undefined
  /** The type of the answer; undefined: text. */
  readonly answer: StructSchema | undefined
  readonly streams?: boolean
  /** Custom resources know no strategic merge, and kubectl asks here whether a kind does. */
  readonly custom?: boolean
}

export interface PathItem {
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly operations: readonly Operation[]
}

const defaultVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** "AppsV1", "CoreV1", "RbacAuthorizationV1". */
function tagOf({ group, version }: ResourceDefinition): string {
  const words = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split('.')
  return [...words, version].map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}

export function rootOf(definition: { group: string; version: string }): string {
  return `${definition.group === '' ? '/api' : '/apis'}/${apiVersionOf(definition)}`
}

/** All paths of one resource; `listOf` gives the type of a kind's list. */
export function pathsOf(definition: ResourceDefinition, listOf: (definition: ResourceDefinition) => StructSchema | undefined): PathItem[] {
  return new Paths(definition, listOf(definition)).all()
}

class Paths {
  readonly #definition: ResourceDefinition
  readonly #list: StructSchema | undefined
  readonly #tag: string

  constructor(definition: ResourceDefinition, list: StructSchema | undefined) {
    this.#definition = definition
    this.#list = list
    this.#tag = tagOf(definition)
  }

  all(): PathItem[] {
    const { namespaced, plural } = this.#definition
    const root = rootOf(this.#definition)
    const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`
    const item = `${collection}/{name}`
    const paths = [this.#collection(collection), this.#item(item), ...this.#doors(item)]
    if (namespaced && this.#serves('list')) paths.push(this.#everywhere(`${root}/${plural}`))
    return paths.filter(({ operations }) => operations.length > 0)
  }

  #serves(verb: string): boolean {
    return (this.#definition.verbs ?? defaultVerbs).includes(verb)
  }

  get #scoped(): string {
    return this.#definition.namespaced ? 'Namespaced' : ''
  }

  #operation(
    verb: string,
    operation: Pick<Operation, 'method' | 'action' | 'description' | 'parameters' | 'answer'> & Partial<Operation>,
    suffix = '',
  ): Operation {
    const { group, version, kind, custom } = this.#definition
    return { id: `${verb}${this.#tag}${this.#scoped}${kind}${suffix}`, kind: { group, version, kind }, ...(custom ? { custom: true } : {}), ...operation }
  }

  #collection(path: string): PathItem {
    const { kind, schema } = this.#definition
    const operations: Operation[] = []
    if (this.#serves('list')) {
      operations.push(
        this.#operation('list', {
          method: 'get',
          action: 'list',
          description: `list or watch objects of kind ${kind}`,
          parameters: listParameters,
          answer: this.#list,
          streams: true,
        }),
      )
    }
    if (this.#serves('create')) {
      operations.push(
        this.#operation('create', {
          method: 'post',
          action: 'post',
          description: `create ${article(kind)}`,
          parameters: writeParameters,
          body: schema,
          answer: schema,
        }),
      )
    }
    if (this.#serves('deletecollection')) {
      const id = `delete${this.#tag}Collection${this.#scoped}${kind}`
      operations.push(
        this.#operation('delete', {
          id,
          method: 'delete',
          action: 'deletecollection',
          description: `delete collection of ${kind}`,
          parameters: [...deleteParameters, ...listParameters],
          answer: undefined,
        }),
      )
    }
    return { path, parameters: pathParameters(path, kind), operations }
  }

  #everywhere(path: string): PathItem {
    const { group, version, kind } = this.#definition
    const operation: Operation = {
      id: `list${this.#tag}${kind}ForAllNamespaces`,
      method: 'get',
      action: 'list',
      description: `list or watch objects of kind ${kind}`,
      kind: { group, version, kind },
      parameters: listParameters,
      answer: this.#list,
      streams: true,
    }
    return { path, parameters: [prettyParameter], operations: [operation] }
  }

  #item(path: string): PathItem {
    const { schema } = this.#definition
    const operations = this.#readAndWrite('the specified', schema, '', {
      get: this.#serves('get'),
      update: this.#serves('update'),
      patch: this.#serves('patch'),
    })
    if (this.#serves('delete')) {
      const description = `delete ${article(this.#definition.kind)}`
      operations.push(this.#operation('delete', { method: 'delete', action: 'delete', description, parameters: deleteParameters, answer: undefined }))
    }
    return { path, parameters: pathParameters(path, this.#definition.kind), operations }
  }

  #doors(item: string): PathItem[] {
    const { schema, status, scale, subresources, kind } = this.#definition
    const doors: [string, StructSchema][] = []
    if (status) doors.push(['status', schema])
    if (scale) doors.push(['scale', ScaleSchema])
    for (const name of Object.keys(subresources ?? {})) doors.push([name, schema])
    return doors.map(([name, type]) => {
      const path = `${item}/${name}`
      const suffix = name[0]!.toUpperCase() + name.slice(1)
      const operations = this.#readAndWrite(`${name} of the specified`, type, suffix, { get: true, update: true, patch: true })
      return { path, parameters: pathParameters(path, kind), operations: name === 'scale' ? operations.map(asScale) : operations }
    })
  }

  #readAndWrite(what: string, type: StructSchema, suffix: string, serves: { get: boolean; update: boolean; patch: boolean }): Operation[] {
    const { kind } = this.#definition
    const operations: Operation[] = []
    if (serves.get) {
      operations.push(this.#operation('read', { method: 'get', action: 'get', description: `read ${what} ${kind}`, parameters: [], answer: type }, suffix))
    }
    if (serves.update) {
      operations.push(
        this.#operation(
          'replace',
          { method: 'put', action: 'put', description: `replace ${what} ${kind}`, parameters: writeParameters, body: type, answer: type },
          suffix,
        ),
      )
    }
    if (serves.patch) {
      operations.push(
        this.#operation(
          'patch',
          { method: 'patch', action: 'patch', description: `partially update ${what} ${kind}`, parameters: patchParameters, answer: type },
          suffix,
        ),
      )
    }
    return operations
  }
}

function asScale(operation: Operation): Operation {
  return { ...operation, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } }
}

function article(kind: string): string {
  return `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`
}
