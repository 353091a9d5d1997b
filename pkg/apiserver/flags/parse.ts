/** kube-apiserver's flags, as upstream names them: a line each of `--name=value`, or `--name` for true; `#` begins a comment. */

/** The flags that are known, with what they default to. */
export const known = {
  'audit-policy-file': '',
  'audit-log-path': '',
  'audit-log-maxage': '366',
  'audit-log-maxbackup': '100',
  'audit-log-maxsize': '100',
  'audit-log-compress': 'false',
  'audit-log-format': 'json',
  'audit-log-version': 'audit.k8s.io/v1',
  'audit-log-mode': 'blocking',
  'audit-log-batch-buffer-size': '10000',
  'audit-log-batch-max-size': '1',
  'audit-log-batch-max-wait': '0s',
  'audit-log-batch-throttle-enable': 'false',
  'audit-log-batch-throttle-qps': '0',
  'audit-log-batch-throttle-burst': '0',
  'audit-log-truncate-enabled': 'false',
  'audit-log-truncate-max-batch-size': '10485760',
  'audit-log-truncate-max-event-size': '102400',
  'audit-webhook-config-file': '',
  'audit-webhook-initial-backoff': '10s',
  'audit-webhook-batch-initial-backoff': '10s',
  'audit-webhook-version': 'audit.k8s.io/v1',
  'audit-webhook-mode': 'batch',
  'audit-webhook-batch-buffer-size': '10000',
  'audit-webhook-batch-max-size': '400',
  'audit-webhook-batch-max-wait': '30s',
  'audit-webhook-batch-throttle-enable': 'true',
  'audit-webhook-batch-throttle-qps': '10',
  'audit-webhook-batch-throttle-burst': '15',
  'audit-webhook-truncate-enabled': 'false',
  'audit-webhook-truncate-max-batch-size': '10485760',
  'audit-webhook-truncate-max-event-size': '102400',
  'anonymous-auth': 'true',
  'authentication-config': '',
  'authentication-token-webhook-config-file': '',
  'authentication-token-webhook-cache-ttl': '2m0s',
  'authorization-config': '',
  'authorization-mode': 'Node,RBAC',
  'authorization-webhook-config-file': '',
  'authorization-webhook-cache-authorized-ttl': '5m0s',
  'authorization-webhook-cache-unauthorized-ttl': '30s',
  'feature-gates': '',
  'max-requests-inflight': '400',
  'max-mutating-requests-inflight': '200',
  'min-request-timeout': '1800',
  'request-timeout': '1m0s',
  'shutdown-delay-duration': '0s',
  'token-auth-file': '',
  'oidc-issuer-url': '',
  'oidc-client-id': '',
  'oidc-ca-file': '',
  'oidc-username-claim': 'sub',
  'oidc-username-prefix': '',
  'oidc-groups-claim': '',
  'oidc-groups-prefix': '',
  'oidc-required-claim': '',
  'oidc-signing-algs': 'RS256',
} as const

/** Flags that add to what was given before. */
const repeatable: ReadonlySet<string> = new Set(['oidc-required-claim', 'feature-gates'])

export type FlagName = keyof typeof known
export type Flags = Readonly<Record<FlagName, string>> & { readonly given: ReadonlySet<FlagName> }

/** A flag that is not known, or whose value cannot be. The text names the flag. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/** Throws FlagError. A flag given again replaces what was given before; `--oidc-required-claim` and `--feature-gates` add to it. */
export function parseFlags(text: string): Flags {
  const values: Record<string, string> = { ...known }
  const given = new Set<FlagName>()
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const match = /^--([a-z][a-z0-9-]*)(?:[= ](.*))?$/.exec(line)
    const name = match?.[1]
    if (!name || !Object.hasOwn(known, name)) throw new FlagError(`unknown flag: ${line.split(/[= ]/)[0]}`)
    const value = (match[2] ?? 'true').trim().replace(/^(["'])(.*)\1$/, '$2')
    values[name] = repeatable.has(name) && values[name] ? `${values[name]},${value}` : value
    given.add(name as FlagName)
  }
  return { ...(values as Record<FlagName, string>), given }
}

export function numberFlag(flags: Flags, name: FlagName): number {
  const value = Number(flags[name])
  if (!Number.isInteger(value) || value < 0)
    throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: a number from 0 up is wanted`)
  return value
}

export function booleanFlag(flags: Flags, name: FlagName): boolean {
  const value = flags[name]
  if (value !== 'true' && value !== 'false') throw new FlagError(`invalid argument ${JSON.stringify(value)} for "--${name}" flag: true or false is wanted`)
  return value === 'true'
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's durations: "1m30s". */
export function durationFlag(flags: Flags, name: FlagName): number {
  const milliseconds = parseDuration(flags[name])
  if (milliseconds === undefined) throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: time: invalid duration`)
  return milliseconds
}

export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0)
}
