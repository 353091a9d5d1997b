/** The extenders of a configuration file. */
import { durationMs } from '#apimachinery/go-duration.ts'
import type { ExtenderConfig } from '../extender/extender.ts'

export interface ReadExtenders {
  readonly extenders: readonly ExtenderConfig[]
  /** Resources that extenders count and the scheduler must not. */
  readonly ignoredResources: readonly string[]
}

const defaultTimeoutMs = 5_000

export function readExtenders(entries: readonly any[] = []): ReadExtenders {
  const extenders = entries.map(readExtender)
  const binders = extenders.filter(({ bindVerb }) => bindVerb)
  if (binders.length > 1) throw new Error(`extenders: Invalid value: ${binders.length}: found multiple extenders implementing bind`)
  const ignored = entries.flatMap(({ managedResources = [] }) => managedResources.filter((each: any) => each.ignoredByScheduler).map((each: any) => each.name))
  return { extenders, ignoredResources: ignored }
}

function readExtender(entry: any, index: number): ExtenderConfig {
  const at = `extenders[${index}]`
  if (!entry.urlPrefix) throw new Error(`${at}.urlPrefix: Required value`)
  if (entry.preemptVerb) throw new Error(`${at}.preemptVerb: not supported by this scheduler`)
  if (entry.tlsConfig) throw new Error(`${at}.tlsConfig: not supported by this scheduler`)
  if (entry.prioritizeVerb && !(entry.weight > 0))
    throw new Error(`${at}.weight: Invalid value: ${entry.weight ?? 0}: must have a positive weight applied to it`)
  return {
    urlPrefix: entry.urlPrefix,
    ...(entry.filterVerb ? { filterVerb: entry.filterVerb } : {}),
    ...(entry.prioritizeVerb ? { prioritizeVerb: entry.prioritizeVerb, weight: entry.weight } : {}),
    ...(entry.bindVerb ? { bindVerb: entry.bindVerb } : {}),
    httpTimeoutMs: entry.httpTimeout ? durationMs(entry.httpTimeout) : defaultTimeoutMs,
    nodeCacheCapable: entry.nodeCacheCapable ?? false,
    managedResources: (entry.managedResources ?? []).map(({ name }: any) => name),
    ignorable: entry.ignorable ?? false,
  }
}
