/** Values on their way to and from the store, sealed as an EncryptionConfiguration says. */
import { registryPrefix } from '../watchcache/cache-hub.ts'
import type { Transformer } from '../registry/object-store.ts'
import type { ConfiguredProviders } from './providers.ts'
import { identity, type Opened, type Provider } from './provider.ts'

export interface ConfiguredTransformer extends Transformer {
  /** From now on; what others have sealed can be opened as long as it is among these. */
  use(providers: ConfiguredProviders): void
}

/** `own`: opens what the cluster's own key has sealed before there was a configuration. */
export function configuredTransformer(first: ConfiguredProviders, own: Transformer): ConfiguredTransformer {
  let current = first
  const providerOf = (key: string): Provider | undefined => {
    const [group = '', resource = ''] = key.slice(registryPrefix.length).split('/')
    return current.of(group === 'core' ? '' : group, resource)
  }
  const opened = (key: string, sealed: Uint8Array): Opened => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    try {
      // What is not configured is not sealed.
      return (providerOf(key) ?? identity).open(key, bytes)
    } catch (error) {
      const before = openedBefore(own, key, sealed)
      if (!before) throw new Error(`unable to transform key ${JSON.stringify(key)}: ${(error as Error).message}`, { cause: error })
      return { plain: before, isStale: true }
    }
  }
  const sealedBytes = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return {
    use: (providers) => {
      current = providers
    },
    seal: (key, plain) => providerOf(key)?.seal(key, plain) ?? plain,
    open: (key, sealed) => opened(key, sealed).plain,
    seals: (key) => providerOf(key) !== undefined || own.seals?.(key) === true,
    isStale: (key, sealed) => opened(key, sealed).isStale,
    needs: (key, sealed) => providerOf(key)?.needs?.(sealedBytes(sealed)) === true,
    prepare: async (key, sealed) => {
      await providerOf(key)?.prepare?.(sealedBytes(sealed))
    },
  }
}

function openedBefore(own: Transformer, key: string, sealed: Uint8Array): Uint8Array | undefined {
  try {
    const plain = own.open(key, sealed)
    return plain === sealed ? undefined : plain
  } catch {
    return undefined
  }
}
