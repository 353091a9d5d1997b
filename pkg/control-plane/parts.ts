/** What runs beside the server when it is asked for: controllers and the scheduler, each loaded on first use. */
import { hostname } from 'node:os'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import type { ControllerChoices } from './types.ts'

interface PartOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
}

export interface ControllerPartOptions extends PartOptions {
  /** The client of a controller's own service account. */
  readonly clientOf: (account: string) => Client
  /** As kube-controller-manager's --controllers. */
  readonly names: readonly string[]
  readonly settings: ControllerChoices
  readonly ca: { readonly certificate: string; readonly key: string }
  readonly featureGates: ReadonlySet<string>
  /** PEM of the key that signs service-account tokens. */
  readonly signingKey: string
}

export interface RunningParts {
  /** Resolves when they work. */
  controllers(options: ControllerPartOptions): Promise<void>
  scheduler(options: PartOptions): Promise<void>
  /** Resolves when all has come to rest. */
  stop(): Promise<void>
}

export function startParts(): RunningParts {
  const stopping = new AbortController()
  const { signal } = stopping
  const running: Promise<void>[] = []
  return {
    async controllers({ client, clientOf, clock, log, names, settings, ca, featureGates, signingKey }) {
      const [{ startControllerManager }, { createTokenMinter }] = await Promise.all([import('#controllers/manager.ts'), import('#apiserver/authn/mint.ts')])
      const { ready, done } = startControllerManager({
        client,
        clientOf,
        clock,
        log: log.named('kube-controller-manager'),
        signal,
        controllers: names,
        ...settings,
        featureGates,
        rootCa: ca.certificate,
        clusterSigning: { caCertificate: ca.certificate, caKey: ca.key },
        mintServiceAccountToken: createTokenMinter(signingKey),
      })
      running.push(done)
      await Promise.race([ready, done])
    },
    async scheduler({ client, clock, log }) {
      const { startScheduler } = await import('#scheduler/scheduler.ts')
      const { ready, done } = startScheduler({ client, clock, host: hostname(), log: log.named('kube-scheduler'), signal })
      running.push(done)
      await Promise.race([ready, done])
    },
    async stop() {
      stopping.abort()
      await Promise.allSettled(running)
    },
  }
}
