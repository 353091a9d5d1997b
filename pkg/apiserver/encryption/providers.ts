/** From an EncryptionConfiguration to what seals each resource. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { durationMs } from '#apimachinery/go-duration.ts'
import { aesCbc, aesGcm } from './aes.ts'
import { type EncryptionConfiguration, type KeysConfiguration, parseGroupResource, type ProviderConfiguration } from './configuration.ts'
import { KmsProvider } from './kms/provider.ts'
import { type KmsService, kmsService } from './kms/service.ts'
import { firstOf, identity, type PrefixedProvider, type Provider } from './provider.ts'
import { secretbox } from './secretbox.ts'

export interface ConfiguredProviders {
  /** Undefined: the resource is stored as it is. */
  of(group: string, resource: string): Provider | undefined
  readonly kms: readonly KmsProvider[]
}

export interface ProviderContext {
  readonly clock: Clock
  readonly log: Logger
  /** For tests. */
  readonly kmsServiceOf?: (endpoint: string, timeoutMs: number) => KmsService
}

/** Throws an Error in upstream's words. */
export function configuredProviders({ resources }: EncryptionConfiguration, context: ProviderContext): ConfiguredProviders {
  const lists = new Map<string, PrefixedProvider[]>()
  const kms: KmsProvider[] = []
  for (const { resources: names, providers } of resources) {
    const made = providers.map((each) => {
      const provider = providerOf(each, context)
      if (provider instanceof KmsProvider) kms.push(provider)
      return provider
    })
    for (const name of names) {
      const { group, resource } = parseGroupResource(name)
      for (const earlier of [`*.${group}`, '*.*'])
        if (lists.has(earlier)) throw building(`resource ${JSON.stringify(name)} is masked by earlier rule ${JSON.stringify(earlier)}`)
      const key = `${resource}.${group}`
      lists.set(key, [...(lists.get(key) ?? []), ...made])
    }
  }
  const all = new Map([...lists].map(([name, list]) => [name, firstOf(list, 'no matching prefix found')]))
  return { of: (group, resource) => all.get(`${resource}.${group}`) ?? all.get(`*.${group}`) ?? all.get('*.*'), kms }
}

const building = (why: string): Error => new Error(`error while building transformers: ${why}`)

function providerOf(
  { aesgcm, aescbc, secretbox: box, kms }: ProviderConfiguration,
  { clock, log, kmsServiceOf = kmsService }: ProviderContext,
): PrefixedProvider {
  if (aesgcm) return byKeys('k8s:enc:aesgcm:v1:', aesgcm, aesGcm, 'AES')
  if (aescbc) return byKeys('k8s:enc:aescbc:v1:', aescbc, aesCbc, 'AES')
  if (box) return byKeys('k8s:enc:secretbox:v1:', box, secretbox, 'Secretbox')
  if (!kms) return identity
  if (kms.apiVersion === 'v1')
    throw building(
      'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.',
    )
  return new KmsProvider({ name: kms.name, service: kmsServiceOf(kms.endpoint, durationMs(kms.timeout)), clock, log: log.named('kms') })
}

/** Sealed values carry the name of their key. */
function byKeys(prefix: string, { keys = [] }: KeysConfiguration, algorithm: (key: Uint8Array) => Provider, shown: string): PrefixedProvider {
  const named = keys.map(({ name = '', secret = '' }) => ({ prefix: `${name}:`, ...algorithm(Buffer.from(secret, 'base64')) }))
  return { prefix, ...firstOf(named, `no matching key was found for the provided ${shown} transformer`) }
}
