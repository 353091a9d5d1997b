/** Eviction as a KubeletConfiguration sets it. */
import { parseGoDuration } from '#apimachinery/go-duration.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import type { EvictionSettings, Signal } from './types.ts'

export function evictionSettings(configuration: CompleteConfiguration): EvictionSettings {
  const grace = Object.entries(configuration.evictionSoftGracePeriod ?? {})
  return {
    thresholds: configuration.evictionHard,
    softThresholds: configuration.evictionSoft ?? {},
    softGraceMs: Object.fromEntries(grace.map(([signal, text]) => [signal, Number(parseGoDuration(text) / 1_000_000n)])) as Partial<Record<Signal, number>>,
    maxPodGraceSeconds: configuration.evictionMaxPodGracePeriod ?? 0,
    minimumReclaim: configuration.evictionMinimumReclaim ?? {},
    transitionMs: ms(configuration.evictionPressureTransitionPeriod),
    isolatesStorage: configuration.localStorageCapacityIsolation,
  }
}
