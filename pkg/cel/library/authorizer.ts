/** Kubernetes' authorizer library: may the one who asks do something further? */
import type { Environment } from '@marcbachmann/cel-js'
import { CelPending } from '../types.ts'

/** Who asks; the authorizer of the API server is handed in, and with it the attributes of the request that is under way. */
interface User {
  readonly name: string
  readonly groups: readonly string[]
}
interface Decision {
  readonly decision: 'allow' | 'deny' | 'no-opinion'
  readonly reason: string
}
export interface Asked {
  authorize(attributes: {
    readonly user: User
    readonly verb: string
    readonly isResourceRequest: boolean
    readonly path: string
    readonly group: string
    readonly version: string
    readonly resource: string
    readonly subresource: string
    readonly namespace: string
    readonly name: string
    readonly fieldSelector?: string
    readonly labelSelector?: string
  }): Promise<Decision> | Decision
}
export interface RequestAttributes {
  readonly user: User
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

interface Question {
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export class RequestAuthorizer {
  readonly authorizer: Asked
  readonly user: User
  readonly attributes: RequestAttributes
  /** What was asked of one request, once. */
  readonly answers: Map<string, Answer>
  constructor(authorizer: Asked, attributes: RequestAttributes, user: User = attributes.user, answers: Map<string, Answer> = new Map()) {
    this.authorizer = authorizer
    this.answers = answers
    this.attributes = attributes
    this.user = user
  }
  get requestResource(): Check {
    const { group, resource, subresource, namespace, name } = this.attributes
    return new Check(this, { group, resource, subresource, namespace, name })
  }
}

class GroupCheck {
  readonly of: RequestAuthorizer
  readonly group: string
  constructor(of: RequestAuthorizer, group: string) {
    this.of = of
    this.group = group
  }
}

class Check {
  readonly of: RequestAuthorizer
  readonly question: Question
  constructor(of: RequestAuthorizer, question: Question) {
    this.of = of
    this.question = question
  }
  with(more: Question): Check {
    return new Check(this.of, { ...this.question, ...more })
  }
  /** Throws CelPending when it is first asked: the answer is there when the expression is evaluated again. */
  ask(verb: string): Answer {
    const { answers, user } = this.of
    const key = JSON.stringify([user.name, verb, this.question])
    const known = answers.get(key)
    if (known) return known
    throw new CelPending(this.#decide(verb).then((answer) => answers.set(key, answer)))
  }
  async #decide(verb: string): Promise<Answer> {
    const { path, group = '', resource = '', subresource = '', namespace = '', name = '', ...selectors } = this.question
    try {
      const { authorizer, user } = this.of
      const isResourceRequest = path === undefined
      return new Answer(
        await authorizer.authorize({
          user,
          verb,
          isResourceRequest,
          path: path ?? '',
          group,
          version: '*',
          resource,
          subresource,
          namespace,
          name,
          ...selectors,
        }),
        '',
      )
    } catch (error) {
      return new Answer({ decision: 'no-opinion', reason: '' }, error instanceof Error ? error.message : String(error))
    }
  }
}

class Answer {
  readonly decision: Decision
  readonly error: string
  constructor(decision: Decision, error: string) {
    this.decision = decision
    this.error = error
  }
}

export function registerAuthorizer(environment: Environment): void {
  const sync = { async: false }
  const [authorizer, group, check, answer] = ['kubernetes.Authorizer', 'kubernetes.GroupCheck', 'kubernetes.ResourceCheck', 'kubernetes.Decision']
  environment
    .registerType(check!, { ctor: Check, fields: {} } as never)
    .registerType(authorizer!, { ctor: RequestAuthorizer, fields: { requestResource: check! } } as never)
    .registerType(group!, { ctor: GroupCheck, fields: {} } as never)
    .registerType(answer!, { ctor: Answer, fields: {} } as never)
    .registerFunction(`${authorizer}.path(string): ${check}`, (of: RequestAuthorizer, path: string) => new Check(of, { path }), sync)
    .registerFunction(`${authorizer}.group(string): ${group}`, (of: RequestAuthorizer, name: string) => new GroupCheck(of, name), sync)
    .registerFunction(
      `${authorizer}.serviceAccount(string, string): ${authorizer}`,
      (of: RequestAuthorizer, namespace: string, name: string) => {
        const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
        return new RequestAuthorizer(of.authorizer, of.attributes, { name: `system:serviceaccount:${namespace}:${name}`, groups }, of.answers)
      },
      sync,
    )
    .registerFunction(
      `${group}.resource(string): ${check}`,
      ({ of, group: name }: GroupCheck, resource: string) => new Check(of, { group: name, resource }),
      sync,
    )
    .registerFunction(`${check}.subresource(string): ${check}`, (of: Check, subresource: string) => of.with({ subresource }), sync)
    .registerFunction(`${check}.namespace(string): ${check}`, (of: Check, namespace: string) => of.with({ namespace }), sync)
    .registerFunction(`${check}.name(string): ${check}`, (of: Check, name: string) => of.with({ name }), sync)
    .registerFunction(`${check}.fieldSelector(string): ${check}`, (of: Check, fieldSelector: string) => of.with({ fieldSelector }), sync)
    .registerFunction(`${check}.labelSelector(string): ${check}`, (of: Check, labelSelector: string) => of.with({ labelSelector }), sync)
    .registerFunction(`${check}.check(string): ${answer}`, (of: Check, verb: string) => of.ask(verb), sync)
    .registerFunction(`${answer}.allowed(): bool`, ({ decision }: Answer) => decision.decision === 'allow', sync)
    .registerFunction(`${answer}.reason(): string`, ({ decision }: Answer) => decision.reason, sync)
    .registerFunction(`${answer}.errored(): bool`, ({ error }: Answer) => error !== '', sync)
    .registerFunction(`${answer}.error(): string`, ({ error }: Answer) => error, sync)
}
