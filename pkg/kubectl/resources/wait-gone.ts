/** Waiting until objects are gone. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { resourcePath } from '#client/paths.ts'
import { CommandError } from '../errors.ts'
import { kindText } from '../printers/kind-name.ts'
import type { Invocation } from '../types.ts'
import type { Item } from './types.ts'

type Gone = Pick<Item, 'resource' | 'namespace' | 'name'> & { readonly uid?: string | undefined }

const pollMs = 500

/** An object of the same name with another uid counts as gone. */
export async function waitUntilGone(invocation: Invocation, items: readonly Gone[], timeoutMs: number): Promise<void> {
  const deadline = invocation.now() + timeoutMs
  for (const { resource, namespace, name, uid } of items) {
    for (let waitMs = 20; ; waitMs = Math.min(pollMs, waitMs * 2)) {
      try {
        const live = await invocation.session.json({ method: 'GET', path: resourcePath(resource, { namespace, name }) })
        if (uid && live.metadata?.uid !== uid) break
      } catch (error) {
        if (isNotFound(error)) break
        throw error
      }
      if (invocation.now() >= deadline) throw new CommandError(`error: timed out waiting for the condition on ${resource.plural}/${name}`)
      await pause(invocation, waitMs)
    }
  }
}

export function pause({ signal }: Invocation, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

export const resourceName = ({ resource, name }: Gone): string => `${kindText(resource.group, resource.kind)}/${name}`
