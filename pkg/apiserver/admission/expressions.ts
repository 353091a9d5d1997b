/** The CEL environment of match conditions and policies: object, oldObject, request, authorizer and what policies add. */
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { registerAuthorizer, RequestAuthorizer } from '#cel/library/authorizer.ts'
import { registerJsonPatch } from '#cel/library/json-patch.ts'
import { compile } from '#cel/program.ts'
import { CelError, type CelProgram } from '#cel/types.ts'
import { toCel } from '#cel/values.ts'
import type { AdmissionAttributes, Authorizer } from '../types.ts'
import type { Namespace } from '#api/gen/core/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
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
