/** What a new cluster must have before anyone uses it, made at every start where it is missing. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import { ensureNamespaces } from './namespaces.ts'

export interface BootstrapOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly serviceCidr: string
  readonly advertise: { readonly address: string; readonly port: number } | undefined
  readonly signal: AbortSignal
}

export async function runBootstrap(options: BootstrapOptions): Promise<void> {
  await ensureNamespaces(options.client)
}
