/** The extenders of a configuration file. */
import { readFileSync } from 'node:fs'
import { durationMs } from '#apimachinery/go-duration.ts'
import type { ExtenderConfig, ExtenderTls } from '../extender/types.ts'

export interface ReadExtenders {
  readonly extenders: readonly ExtenderConfig[]
  /** Resources that extenders count and the scheduler must not. */
  readonly ignoredResources: readonly string[]
}

const defaultTimeoutMs = 5_000

/** Those that may be ignored come last, as upstream asks them. */
export function readExtenders(entries: readonly any[] = []): ReadExtenders {
  const extenders = entries.map(readExtender)
  const ignored = entries.flatMap(({ managedResources = [] }) => managedResources.filter((each: any) => each.ignoredByScheduler).map((each: any) => each.name))
  return { extenders: [...extenders.filter(({ ignorable }) => !ignorable), ...extenders.filter(({ ignorable }) => ignorable)], ignoredResources: ignored }
}

function readExtender(entry: any): ExtenderConfig {
  const tls = readTls(entry)
  return {
    urlPrefix: entry.urlPrefix ?? '',
    ...(entry.filterVerb ? { filterVerb: entry.filterVerb } : {}),
    ...(entry.prioritizeVerb ? { prioritizeVerb: entry.prioritizeVerb, weight: entry.weight } : {}),
    ...(entry.preemptVerb ? { preemptVerb: entry.preemptVerb } : {}),
    ...(entry.bindVerb ? { bindVerb: entry.bindVerb } : {}),
    ...(tls ? { tls } : {}),
    httpTimeoutMs: entry.httpTimeout ? durationMs(entry.httpTimeout) || defaultTimeoutMs : defaultTimeoutMs,
    nodeCacheCapable: entry.nodeCacheCapable ?? false,
    managedResources: (entry.managedResources ?? []).map(({ name }: any) => name),
    ignorable: entry.ignorable ?? false,
  }
}

/** Data counts before files; https without an authority of its own trusts whoever answers, as upstream's. */
function readTls({ enableHTTPS = false, tlsConfig = {} }: any): ExtenderTls | undefined {
  const pem = (data: string | undefined, file: string | undefined): string | undefined =>
    data ? Buffer.from(data, 'base64').toString() : file ? readFileSync(file, 'utf8') : undefined
  const ca = pem(tlsConfig.caData, tlsConfig.caFile)
  const cert = pem(tlsConfig.certData, tlsConfig.certFile)
  const key = pem(tlsConfig.keyData, tlsConfig.keyFile)
  if (tlsConfig.insecure && ca) throw new Error('specifying a root certificates file with the insecure flag is not allowed')
  if (cert && !key) throw new Error('cert given without a key')
  if (key && !cert) throw new Error('key given without a cert')
  const insecure = tlsConfig.insecure === true || (enableHTTPS && !ca)
  if (!insecure && !ca && !cert && !tlsConfig.serverName) return undefined
  return {
    insecure,
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(tlsConfig.serverName ? { serverName: tlsConfig.serverName } : {}),
  }
}
