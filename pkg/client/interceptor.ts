/** A client in front of another that a test uses to make calls fail, be slow, or be seen (controller-runtime's interceptor). */
import type { ResourceRef } from '#apimachinery/object.ts'
import type { Client } from './types.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deleteCollection' | 'request'

export interface InterceptedCall {
  readonly verb: Verb
  /** Absent for `request`. */
  readonly resource?: ResourceRef
  /** The call's further arguments, as the Client contract has them. */
  readonly args: readonly any[]
}

export interface Interception {
  /** Runs before the call: throw to fail it without it having happened. */
  readonly before?: (call: InterceptedCall) => Promise<void> | void
  /** Runs after a call that succeeded: throw to lose the answer of something that did happen. */
  readonly after?: (call: InterceptedCall) => Promise<void> | void
}

export function intercept(client: Client, { before, after }: Interception): Client {
  const wrap =
    (verb: Exclude<Verb, 'watch' | 'request'>) =>
    async (resource: ResourceRef<any>, ...args: any[]): Promise<any> => {
      const call = { verb, resource, args }
      await before?.(call)
      const answer = await (client[verb] as (...all: any[]) => Promise<any>)(resource, ...args)
      await after?.(call)
      return answer
    }
  return {
    get: wrap('get'),
    list: wrap('list'),
    create: wrap('create'),
    update: wrap('update'),
    patch: wrap('patch'),
    delete: wrap('delete'),
    deleteCollection: wrap('deleteCollection'),
    async *watch(resource, options) {
      await before?.({ verb: 'watch', resource, args: [options] })
      yield* client.watch(resource, options)
    },
    async request(raw) {
      await before?.({ verb: 'request', args: [raw] })
      const answer = await client.request(raw)
      await after?.({ verb: 'request', args: [raw] })
      return answer
    },
    close: () => client.close(),
  }
}
