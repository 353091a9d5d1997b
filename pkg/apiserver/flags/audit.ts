/** The --audit-* flags, with upstream's defaults and checks (apiserver's options/audit.go). */
import { kubeconfigTransport, loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import { Audit, type AuditSink, logSink, parsePolicy, truncating, type WebhookSinkOptions, webhookSink } from '../audit/index.ts'
import { fileOf, type FlagContext } from './file.ts'
import { booleanFlag, durationFlag, FlagError, type Flags, numberFlag } from './parse.ts'

/** Undefined where no policy is given, or nowhere to write. */
export function auditOf(flags: Flags, context: FlagContext): Audit | undefined {
  const policyFile = flags['audit-policy-file']
  if (!policyFile) return undefined
  const policy = parsePolicy(fileOf(flags, 'audit-policy-file'), policyFile)
  const sinks = [logOf(flags, context), webhookOf(flags, context)].filter((each) => each !== undefined)
  return sinks.length > 0 ? new Audit({ policy, sinks }, context.clock) : undefined
}

function logOf(flags: Flags, { clock, log }: FlagContext): AuditSink | undefined {
  const path = flags['audit-log-path']
  if (!path) return undefined
  const maxAge = numberFlag(flags, 'audit-log-maxage')
  const maxBackups = numberFlag(flags, 'audit-log-maxbackup')
  const maxSize = numberFlag(flags, 'audit-log-maxsize')
  const { maxEventBytes } = truncation(flags, 'log')
  return truncated(logSink({ path, maxAge, maxBackups, maxSize, clock, log: log.named('audit') }), maxEventBytes)
}

function webhookOf(flags: Flags, { clock, log }: FlagContext): AuditSink | undefined {
  const file = flags['audit-webhook-config-file']
  if (!file) return undefined
  const kubeconfig = loadKubeconfig(file)
  const { server } = transportOptions(kubeconfig)
  const { maxEventBytes, maxBatchBytes } = truncation(flags, 'webhook')
  const sink = webhookSink({
    transport: kubeconfigTransport(kubeconfig),
    path: new URL(server).pathname,
    clock,
    log: log.named('audit'),
    firstRetryMs: durationFlag(flags, 'audit-webhook-initial-backoff'),
    ...batching(flags),
    ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }),
  })
  return truncated(sink, maxEventBytes)
}

function batching(flags: Flags): Pick<WebhookSinkOptions, 'bufferSize' | 'maxBatchSize' | 'maxBatchWaitMs' | 'throttle'> {
  const positive = (what: string, value: number): number => {
    if (value <= 0) throw new FlagError(`invalid audit batch webhook ${what} ${value}, must be a positive number`)
    return value
  }
  const throttles = booleanFlag(flags, 'audit-webhook-batch-throttle-enable')
  return {
    bufferSize: positive('buffer size', numberFlag(flags, 'audit-webhook-batch-buffer-size')),
    maxBatchSize: positive('max batch size', numberFlag(flags, 'audit-webhook-batch-max-size')),
    maxBatchWaitMs: durationFlag(flags, 'audit-webhook-batch-max-wait'),
    throttle: throttles
      ? {
          perSecond: positive('throttle QPS', Number(flags['audit-webhook-batch-throttle-qps']) || 0),
          burst: positive('throttle burst', numberFlag(flags, 'audit-webhook-batch-throttle-burst')),
        }
      : undefined,
  }
}

function truncation(flags: Flags, plugin: 'log' | 'webhook'): { readonly maxEventBytes?: number; readonly maxBatchBytes?: number } {
  const maxEventBytes = numberFlag(flags, `audit-${plugin}-truncate-max-event-size`)
  const maxBatchBytes = numberFlag(flags, `audit-${plugin}-truncate-max-batch-size`)
  if (maxEventBytes <= 0) throw new FlagError(`invalid audit truncate ${plugin} max event size ${maxEventBytes}, must be a positive number`)
  if (maxBatchBytes < maxEventBytes)
    throw new FlagError(`invalid audit truncate ${plugin} max batch size ${maxBatchBytes}, must be greater than max event size (${maxEventBytes})`)
  return booleanFlag(flags, `audit-${plugin}-truncate-enabled`) ? { maxEventBytes, maxBatchBytes } : {}
}

function truncated(sink: AuditSink, maxEventBytes: number | undefined): AuditSink {
  return maxEventBytes === undefined ? sink : truncating(sink, maxEventBytes)
}
