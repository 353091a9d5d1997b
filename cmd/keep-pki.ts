/** Keeps the certificates of a control plane's process current while it runs: it may run for longer than they last. */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { ensurePki } from '#cluster/components.ts'
import { loadConfig } from '#cluster/config.ts'
import type { ClusterPki, KeyPair } from '#cluster/pki/types.ts'
import type { ClusterConfig } from '#cluster/types.ts'

const own = ['apiServer', 'apiServerKubeletClient', 'frontProxyClient', 'controllerManager', 'scheduler', 'admin'] as const

/** The pairs of a control plane's own. */
export type OwnPair = (typeof own)[number]

export interface KeepPkiOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Shows, from now on, those that have become others. */
  readonly use: (pki: ClusterPki, changed: ReadonlySet<OwnPair>) => void
}

const lookAgainMs = 6 * 3_600_000
const retryMs = 300_000

/** Looks at once and then every six hours for what is other than `shown`. Resolves when the signal aborts. */
export async function keepPki(config: ClusterConfig, shown: ClusterPki, { clock, log, signal, use }: KeepPkiOptions): Promise<void> {
  let before = certificatesOf(shown)
  while (!signal.aborted) {
    let pauseMs = lookAgainMs
    try {
      // By the plan as it is now: the addresses of nodes that came since stand in certificates, too.
      const pki = await ensurePki((await loadConfig(config.dataDir)) ?? config, clock)
      const now = certificatesOf(pki)
      const changed = new Set(own.filter((each) => before.get(each) !== now.get(each)))
      before = now
      if (changed.size > 0) {
        use(pki, changed)
        log.info('certificates were renewed', { which: [...changed].join(' ') })
      }
    } catch (error) {
      log.warn('certificates could not be renewed; trying again', { error })
      pauseMs = retryMs
    }
    await sleep(clock, pauseMs, signal).catch(() => {})
  }
}

function certificatesOf(pki: ClusterPki): ReadonlyMap<OwnPair, string> {
  return new Map(own.map((each) => [each, (pki[each] satisfies KeyPair).certificate]))
}
