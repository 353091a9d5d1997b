/** The runtime that the node has, and what it can do. */
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import { type Cri, openCri } from '../cri/index.ts'
import type { RuntimeVersion } from '../cri/types.ts'
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts'
import { observedCri } from '../metrics/observed-cri.ts'
import type { KubeletOptions } from '../types.ts'

export interface ConnectedRuntime {
  readonly cri: Cri
  readonly version: RuntimeVersion
  readonly features: KubeletContext['runtimeFeatures']
}

export const socketPath = (endpoint: string): string => endpoint.replace(/^unix:\/\//, '')

const noFeatures = { userNamespaces: false, recursiveReadOnlyMounts: false }

/** Resolves when it answers: it may come up after us. */
export async function connectRuntime(options: KubeletOptions, metrics: KubeletMetrics): Promise<ConnectedRuntime> {
  const { containerRuntimeEndpoint, imageServiceEndpoint, runtimeRequestTimeout } = options.configuration
  const [runtime, images] = [containerRuntimeEndpoint, imageServiceEndpoint || containerRuntimeEndpoint].map(socketPath) as [string, string]
  const cri = observedCri(options.cri ?? openCri(runtime, ms(runtimeRequestTimeout), images), metrics, options.clock)
  const version = await untilAnswers(() => cri.runtime.version(), options)
  const handlers = await cri.runtime.status().then(
    ({ runtimeHandlers }) => runtimeHandlers,
    () => [],
  )
  return { cri, version, features: (handler) => handlers.find(({ name }) => name === handler)?.features ?? noFeatures }
}

async function untilAnswers<T>(question: () => Promise<T>, { clock, signal, log }: KubeletOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await question()
    } catch (error) {
      if (signal.aborted) throw error
      if (attempt % 20 === 10) log.warn('the container runtime does not answer yet', { error })
      await new Promise<void>((resolve) => void clock.after(100, resolve))
    }
  }
}
