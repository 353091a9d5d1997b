/** Encryption as a file says, followed while the server runs. */
import type { HealthCheck } from '../discovery/health.ts'
import type { Transformer } from '../registry/object-store.ts'
import { parseEncryptionConfiguration } from './configuration.ts'
import { type ConfiguredTransformer, configuredTransformer } from './configured-transformer.ts'
import { type ConfiguredProviders, configuredProviders, type ProviderContext } from './providers.ts'

export interface EncryptionProviders {
  /** `own`: what the cluster's own key seals and opens. */
  transformerOver(own: Transformer): Transformer
  /** Asks the KMS plugins for the first time; those that do not answer are waited for in the background. */
  start(signal: AbortSignal): Promise<void>
  /** Of /healthz and /readyz. */
  readonly checks: readonly HealthCheck[]
}

export interface ReloadableEncryption extends EncryptionProviders {
  /** Takes what the text says from now on; rejects where it cannot be, or a KMS plugin of it is not well. */
  reload(text: string): Promise<void>
}

/** So long what was there before may still be at work. */
const graceMs = 10_000

export function encryptionProviders(
  text: string,
  { file, isReloaded, ...context }: ProviderContext & { readonly file: string; readonly isReloaded: boolean },
): ReloadableEncryption {
  const made = (from: string): ConfiguredProviders => configuredProviders(parseEncryptionConfiguration(from, file, isReloaded), context)
  let current = made(text)
  let transformer: ConfiguredTransformer | undefined
  let stopping = new AbortController()
  let ended: AbortSignal | undefined
  const startAll = async (providers: ConfiguredProviders, until: AbortController): Promise<void> => {
    ended?.addEventListener('abort', () => until.abort(), { once: true })
    await Promise.all(providers.kms.map((each) => each.start(until.signal)))
  }
  const hasCheck = isReloaded || current.kms.length > 0
  return {
    transformerOver(own) {
      transformer = configuredTransformer(current, own)
      return transformer
    },
    async start(signal) {
      ended = signal
      await startAll(current, stopping)
    },
    checks: hasCheck ? [{ name: 'kms-providers', check: () => failureOf(current) }] : [],
    async reload(now) {
      const next = made(now)
      const until = new AbortController()
      await startAll(next, until)
      const failure = failureOf(next)
      if (failure !== undefined) {
        until.abort()
        throw new Error(failure)
      }
      const before = stopping
      stopping = until
      current = next
      transformer?.use(next)
      context.clock.after(graceMs, () => before.abort())
    },
  }
}

function failureOf({ kms }: ConfiguredProviders): string | undefined {
  const failures = kms.flatMap(({ failure }, index) => (failure === undefined ? [] : [`kms-provider-${index}: ${failure}`]))
  if (failures.length === 0) return undefined
  return failures.length > 1 ? `[${failures.join(', ')}]` : failures[0]
}
