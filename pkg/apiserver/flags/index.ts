/** From flags and the files they name (docs/api-server-flags.md) to the options of a server. A file that cannot be used stops the start, with its name and why. */
import { kubeconfigTransport, loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import type { AssembleOptions } from '../assemble.ts'
import { Audit, type AuditSink, logSink, parsePolicy, webhookSink } from '../audit/index.ts'
import { authenticationOptions } from './authentication.ts'
import { authorizationOptions } from './authorization.ts'
import { fileOf, type FlagContext } from './file.ts'
import { featureGatesOf } from './feature-gates.ts'
import { durationFlag, type Flags, numberFlag } from './parse.ts'

export { FlagError, type Flags, parseFlags } from './parse.ts'

export function optionsOf(flags: Flags, context: FlagContext): Partial<AssembleOptions> {
  const audit = auditOf(flags, context)
  return {
    ...(audit ? { audit } : {}),
    ...authenticationOptions(flags, context),
    ...authorizationOptions(flags, context),
    featureGates: featureGatesOf(flags),
    maxInFlight: { reading: numberFlag(flags, 'max-requests-inflight'), mutating: numberFlag(flags, 'max-mutating-requests-inflight') },
    minWatchSeconds: numberFlag(flags, 'min-request-timeout'),
    shutdownDelayMs: durationFlag(flags, 'shutdown-delay-duration'),
    requestTimeoutMs: durationFlag(flags, 'request-timeout'),
  }
}

function auditOf(flags: Flags, { clock, log }: FlagContext): Audit | undefined {
  const policyFile = flags['audit-policy-file']
  if (!policyFile) return undefined
  const policy = parsePolicy(fileOf(flags, 'audit-policy-file'), policyFile)
  const sinks: AuditSink[] = []
  const path = flags['audit-log-path']
  if (path) {
    const [maxAge, maxBackups, maxSize] = [
      numberFlag(flags, 'audit-log-maxage'),
      numberFlag(flags, 'audit-log-maxbackup'),
      numberFlag(flags, 'audit-log-maxsize'),
    ]
    sinks.push(logSink({ path, maxAge, maxBackups, maxSize, clock, log: log.named('audit') }))
  }
  const webhook = flags['audit-webhook-config-file']
  if (webhook) {
    const kubeconfig = loadKubeconfig(webhook)
    const { server } = transportOptions(kubeconfig)
    sinks.push(webhookSink({ transport: kubeconfigTransport(kubeconfig), path: new URL(server).pathname, clock, log: log.named('audit') }))
  }
  return sinks.length > 0 ? new Audit({ policy, sinks }, clock) : undefined
}
