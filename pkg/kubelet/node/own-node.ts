/** This node as the API has it: labels and taints that others set count when a pod asks to be let in. */
import type { Node } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { Reflector } from '#client/reflector.ts'
import type { KubeletContext } from '../context.ts'

export class OwnNode {
  #node: Node | undefined

  get current(): Node | undefined {
    return this.#node
  }

  set current(node: Node | undefined) {
    this.#node = node
  }

  async follow({ client, clock, log, nodeName }: KubeletContext, signal: AbortSignal): Promise<void> {
    const take = (node: Node | undefined) => {
      if (node?.metadata.name === nodeName) this.#node = node
    }
    const reflector = new Reflector<Node>({
      client,
      resource: nodes,
      clock,
      log: log.named('node'),
      fieldSelector: `metadata.name=${nodeName}`,
      // A deleted Node is registered again; until then the last one holds.
      store: {
        replace: (list) => take(list.find(({ metadata }) => metadata.name === nodeName)),
        apply: ({ type, object }) => take(type === 'DELETED' ? undefined : object),
      },
    })
    await reflector.run(signal)
  }
}
