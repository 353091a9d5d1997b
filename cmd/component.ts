/** What every component's program begins and ends with. */
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '#base/clock.ts'
import { createLogger, type Logger } from '#base/log.ts'
import { loadConfig } from '#cluster/config.ts'
import { superviseInBackground } from '#cluster/supervise.ts'
import { linkToSupervisor, type SupervisorLink } from '#cluster/supervisor/link.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { UsageError } from '#cluster/usage-error.ts'

export interface ComponentContext {
  readonly config: ClusterConfig
  readonly log: Logger
  /** Aborts on SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  readonly link: SupervisorLink
}

export interface ComponentSetup {
  readonly options: Readonly<Record<string, string>>
  readonly name: string
  /** In a node's namespace a new supervisor would be in the wrong network; those leave it to the others. */
  readonly inHostNetwork: boolean
}

/** Loads the cluster's plan, links to the supervisor, and turns signals into an AbortSignal. */
export async function startComponent({ options, name, inHostNetwork }: ComponentSetup): Promise<ComponentContext> {
  const dataDir = options['data-dir']
  if (!dataDir) throw new UsageError('--data-dir is missing')
  const config = await loadConfig(dataDir)
  if (!config) throw new UsageError(`there is no cluster in ${dataDir}`)
  const log = createLogger({ component: name })
  const controller = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort())
  process.on('uncaughtException', (error) => {
    log.error('uncaught exception', { error: error.stack ?? error.message })
    process.exit(1)
  })
  process.on('unhandledRejection', (reason) =>
    log.error('unhandled rejection', { error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason) }),
  )
  const link = linkToSupervisor({
    dataDir,
    name: process.env.K8TS_CHILD ?? name,
    clock: systemClock,
    log,
    ...(inHostNetwork ? { respawn: () => superviseInBackground(config) } : {}),
  })
  return { config, log, signal: controller.signal, link }
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

const connectRetryMs = 25

/** Resolves when somebody listens there: the API server does only once it is ready. Gives up when `signal` aborts. */
export async function untilListening(host: string, port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await answers(host, port))) await setTimeout(connectRetryMs)
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 })
    const done = (answered: boolean) => () => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', done(true)).once('error', done(false)).once('timeout', done(false))
  })
}
