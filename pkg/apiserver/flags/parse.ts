/** kube-apiserver's flags, as upstream names them: a line each of `--name=value`, or `--name` for true; `#` begins a comment. */

import { booleanFlag, durationFlag, type FlagValues, numberFlag, parseFlagLines } from '#base/flags.ts'

/** The flags that are known, with what they default to. */
export const known = {
  'admission-control-config-file': '',
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
  'authentication-token-webhook-version': 'v1beta1',
  'authorization-config': '',
  'authorization-mode': 'Node,RBAC',
  'authorization-policy-file': '',
  'authorization-webhook-config-file': '',
  'authorization-webhook-cache-authorized-ttl': '5m0s',
  'authorization-webhook-cache-unauthorized-ttl': '30s',
  'authorization-webhook-version': 'v1beta1',
  'disable-admission-plugins': '',
  'enable-admission-plugins': '',
  'encryption-provider-config': '',
  'encryption-provider-config-automatic-reload': 'false',
  'feature-gates': '',
  'max-requests-inflight': '400',
  'max-mutating-requests-inflight': '200',
  'min-request-timeout': '1800',
  profiling: 'true',
  'request-timeout': '1m0s',
  'runtime-config': '',
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
const repeatable: ReadonlySet<string> = new Set(['oidc-required-claim', 'feature-gates', 'runtime-config'])

export type FlagName = keyof typeof known
export type Flags = FlagValues<FlagName>

export { booleanFlag, durationFlag, FlagError, numberFlag, parseDuration } from '#base/flags.ts'

/** Throws FlagError where a value is no number, no duration or no truth at all, as its default is one. */
export function checkForms(flags: Flags): void {
  for (const name of flags.given) {
    const otherwise: string = known[name]
    if (/^\d+$/.test(otherwise) && !/^-\d+$/.test(flags[name])) numberFlag(flags, name)
    if (/^\d+[a-z]/.test(otherwise) && !flags[name].startsWith('-')) durationFlag(flags, name)
    if (/^(true|false)$/.test(otherwise)) booleanFlag(flags, name)
  }
}

/** Throws FlagError. A flag given again replaces what was given before; `--oidc-required-claim`, `--feature-gates` and `--runtime-config` add to it. */
export function parseFlags(text: string): Flags {
  return parseFlagLines(text, known, repeatable)
}
