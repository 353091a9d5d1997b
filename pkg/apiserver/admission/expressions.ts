/** The CEL environment of match conditions and policies: object, oldObject, request, authorizer and what policies add. */
import { namespaceType, requestType } from '#cel/admission-types.ts'
import { type CelType, dyn } from '#cel/decl-type.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { registerAuthorizer, RequestAuthorizer } from '#cel/library/authorizer.ts'
import { registerJsonPatch } from '#cel/library/json-patch.ts'
import { compile, problemAt } from '#cel/program.ts'
import { CelCompileError, CelError, type CelProgram } from '#cel/types.ts'
import { toCel } from '#cel/values.ts'
import type { AdmissionAttributes, Authorizer } from '../types.ts'
import type { Namespace } from '#api/gen/core/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { firstConstructor, rewriteConstructors } from './policy/construct.ts'
import { type ReviewSubject, requestOf } from './webhook/review.ts'

let shared: MeteredEnvironment | undefined

function environment(): MeteredEnvironment {
  shared ??= createEnvironment(
    {
      object: 'dyn',
      oldObject: 'dyn',
      request: 'dyn',
      params: 'dyn',
      namespaceObject: 'dyn',
      variables: 'dyn',
      authorizer: 'kubernetes.Authorizer',
    },
    (extended) => {
      registerAuthorizer(extended)
      registerJsonPatch(extended)
    },
  )
  return shared
}

const maxCached = 2000
const cache = new Map<string, CelProgram | CelError>()

/** Compiled once for its text; throws CelCompileError. */
export function expression(text: string, resultType?: string): CelProgram {
  const key = `${resultType ?? ''}\u0000${text}`
  let program = cache.get(key)
  if (!program) {
    try {
      program = compile(environment(), text, resultType ? { resultType } : {})
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      program = error
    }
    if (cache.size >= maxCached) cache.delete(cache.keys().next().value!)
    cache.set(key, program)
  }
  if (program instanceof CelError) throw program
  return program
}

/** What an expression may name beside object, oldObject, request and namespaceObject. */
export interface Visible {
  readonly params?: boolean
  readonly authorizer?: boolean
  /** Objects and patches may be constructed. */
  readonly constructs?: boolean
  /** By name; absent where there is no `variables` at all. */
  readonly variables?: ReadonlyMap<string, CelType>
}

const byVisible = new Map<string, MeteredEnvironment>()

/**
 * The type of an expression's result as upstream's type checker has it when a policy is stored; throws CelCompileError.
 * Constructors of objects are maps here, whose fields are not checked.
 */
export function checkedType(text: string, { params = false, authorizer = false, constructs = false, variables }: Visible): CelType {
  const built = constructs ? undefined : firstConstructor(text)
  if (built) throw new CelCompileError(`compilation failed: ${problemAt(text, built.at, `undeclared reference to '${built.name}' (in container '')`)}`)
  const names = {
    ...(params ? { params: 'dyn' } : {}),
    ...(variables ? { variables: 'dyn' } : {}),
    ...(authorizer ? { authorizer: 'kubernetes.Authorizer' } : {}),
  }
  const key = Object.keys(names).join()
  let own = byVisible.get(key)
  if (!own) {
    own = createEnvironment({ object: 'dyn', oldObject: 'dyn', request: 'dyn', namespaceObject: 'dyn', ...names }, (extended) => {
      registerAuthorizer(extended)
      registerJsonPatch(extended)
    })
    byVisible.set(key, own)
  }
  const declared = {
    object: dyn,
    oldObject: dyn,
    request: requestType,
    namespaceObject: namespaceType,
    ...(params ? { params: dyn } : {}),
    ...(variables ? { variables: { kind: 'object' as const, name: 'kubernetes.variables', fields: variables } } : {}),
  }
  const rewritten = rewriteConstructors(text)
  return compile(own, rewritten.text, { declared, written: { text, offsets: rewritten.offsets } }).resultType ?? dyn
}

export interface ExpressionInput {
  readonly attributes: AdmissionAttributes
  readonly subject: ReviewSubject
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
  readonly authorizer: Authorizer
  readonly namespace?: Namespace | undefined
  readonly params?: KubeObject | undefined
}

/** What expressions see of a request. Values are converted when they are first looked at. */
export function variablesOf(input: ExpressionInput): Record<string, unknown> {
  const { attributes, subject, object, oldObject, authorizer, namespace, params } = input
  const lazy: Record<string, () => unknown> = {
    object: () => toCel(object ?? null),
    oldObject: () => toCel(oldObject ?? null),
    request: () => toCel(requestOf(attributes, subject, '')),
    params: () => toCel(params ?? null),
    namespaceObject: () => toCel(namespace ?? null),
    authorizer: () => new RequestAuthorizer(authorizer, attributes),
    variables: () => ({}),
  }
  const result: Record<string, unknown> = {}
  for (const [name, make] of Object.entries(lazy)) {
    let value: unknown
    let made = false
    Object.defineProperty(result, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        if (!made) value = make()
        made = true
        return value
      },
    })
  }
  return result
}
