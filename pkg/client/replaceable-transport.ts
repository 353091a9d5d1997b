/** A transport that can be replaced under its client, as when a client certificate is rotated: what waits on the old one asks again. */
import type { Transport } from './types.ts'

export interface ReplaceableTransport extends Transport {
  replace(next: Transport): void
}

export function replaceableTransport(initial: Transport): ReplaceableTransport {
  let current = initial
  return {
    request: (request) => current.request(request),
    close: () => current.close(),
    replace(next) {
      const before = current
      current = next
      before.close()
    },
  }
}
