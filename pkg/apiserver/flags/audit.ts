/** The --audit-* flags, with upstream's defaults and checks (apiserver's options/audit.go). */
import { kubeconfigTransport, loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import {
  Audit,
  type AuditSink,
  type BatchOptions,
  batched,
  blocking,
  type LogFormat,
  logBackend,
  logFormats,
  modes,
  parsePolicy,
  truncating,
  webhookBackend,
} from '../audit/index.ts'
import { asFlagError, fileOf, type FlagContext } from './file.ts'
import { booleanFlag, durationFlag, FlagError, type Flags, numberFlag } from './parse.ts'

/** So many batches may be at the webhook at once. */
const batchesUnderWay = 16

/** Undefined where no policy is given, or nowhere to write. */
export function auditOf(flags: Flags, context: FlagContext): Audit | undefined {
  const policyFile = flags['audit-policy-file']
  if (!policyFile) return checkAlone(flags)
  const unread = (why: string): string => `loading audit policy file: failed to read file path ${JSON.stringify(policyFile)}: ${why}`
  const policy = asFlagError(() =>
    parsePolicy(fileOf(flags, 'audit-policy-file', unread), policyFile, (error) =>
      context.log.warn('the audit policy has errors, which are passed over', { error }),
    ),
  )
  const sinks = [logOf(flags, context), webhookOf(flags, context)].filter((each) => each !== undefined)
  return sinks.length > 0 ? new Audit({ policy, sinks }, context.clock) : undefined
}

/** Without a policy nothing is written, and yet what is said of where to write must be right. */
function checkAlone(flags: Flags): undefined {
  if (flags['audit-log-path']) {
    modeOf(flags, 'log')
    checkVersion(flags['audit-log-version'])
    formatOf(flags)
  }
  if (flags['audit-webhook-config-file']) {
    modeOf(flags, 'webhook')
    checkVersion(flags['audit-webhook-version'])
  }
  return undefined
}

function formatOf(flags: Flags): LogFormat {
  const format = flags['audit-log-format']
  if (!isFormat(format)) throw new FlagError(`invalid audit log format ${format}, allowed formats are ${JSON.stringify(logFormats.join(','))}`)
  return format
}

function logOf(flags: Flags, context: FlagContext): AuditSink | undefined {
  const path = flags['audit-log-path']
  if (!path) return undefined
  const { clock, log: parent } = context
  const log = parent.named('audit')
  const mode = modeOf(flags, 'log')
  const batch = mode === 'batch' ? batching(flags, 'log', { maxUnderWay: 1, clock, log }) : undefined
  const { maxEventBytes } = truncation(flags, 'log')
  checkVersion(flags['audit-log-version'])
  const format = formatOf(flags)
  const backend = logBackend({
    path,
    format,
    maxAge: notNegative(flags, 'audit-log-maxage'),
    maxBackups: notNegative(flags, 'audit-log-maxbackup'),
    maxSize: notNegative(flags, 'audit-log-maxsize'),
    compress: booleanFlag(flags, 'audit-log-compress'),
    clock,
    log,
  })
  return truncated(batch ? batched(backend, batch) : blocking(backend, mode === 'blocking-strict'), maxEventBytes)
}

function webhookOf(flags: Flags, { clock, log: parent }: FlagContext): AuditSink | undefined {
  const file = flags['audit-webhook-config-file']
  if (!file) return undefined
  const log = parent.named('audit')
  const mode = modeOf(flags, 'webhook')
  const batch = mode === 'batch' ? batching(flags, 'webhook', { maxUnderWay: batchesUnderWay, clock, log }) : undefined
  const { maxEventBytes, maxBatchBytes } = truncation(flags, 'webhook')
  checkVersion(flags['audit-webhook-version'])
  const kubeconfig = loadKubeconfig(file)
  const { server } = transportOptions(kubeconfig)
  // The older name means the same; the one that is given counts.
  const backoff = flags.given.has('audit-webhook-batch-initial-backoff') ? 'audit-webhook-batch-initial-backoff' : 'audit-webhook-initial-backoff'
  const backend = webhookBackend({
    transport: kubeconfigTransport(kubeconfig),
    // The transport puts the server's own path first.
    path: new URL(server).pathname === '/' ? '/' : '',
    clock,
    log,
    firstRetryMs: durationFlag(flags, backoff),
    ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }),
  })
  return truncated(batch ? batched(backend, batch) : blocking(backend, mode === 'blocking-strict'), maxEventBytes)
}

type Plugin = 'log' | 'webhook'

function modeOf(flags: Flags, plugin: Plugin): (typeof modes)[number] {
  const mode = flags[`audit-${plugin}-mode`]
  const found = modes.find((each) => each === mode)
  if (!found) throw new FlagError(`invalid audit ${plugin} mode ${mode}, allowed modes are ${JSON.stringify(modes.join(','))}`)
  return found
}

function isFormat(text: string): text is LogFormat {
  return (logFormats as readonly string[]).includes(text)
}

function checkVersion(text: string): void {
  if (text.split('/').length > 2) throw new FlagError(`unexpected GroupVersion string: ${text}`)
  if (text !== 'audit.k8s.io/v1') throw new FlagError('invalid group version, allowed versions are ["audit.k8s.io/v1"]')
}

function notNegative(flags: Flags, name: 'audit-log-maxage' | 'audit-log-maxbackup' | 'audit-log-maxsize'): number {
  if (/^-\d+$/.test(flags[name])) throw new FlagError(`--${name} ${Number(flags[name])} can't be a negative number`)
  return numberFlag(flags, name)
}

function batching(flags: Flags, plugin: Plugin, more: Pick<BatchOptions, 'maxUnderWay' | 'clock' | 'log'>): BatchOptions {
  const positive = (what: string, value: number): number => {
    if (value <= 0) throw new FlagError(`invalid audit batch ${plugin} ${what} ${value}, must be a positive number`)
    return value
  }
  const throttles = booleanFlag(flags, `audit-${plugin}-batch-throttle-enable`)
  return {
    ...more,
    bufferSize: positive('buffer size', numberFlag(flags, `audit-${plugin}-batch-buffer-size`)),
    maxBatchSize: positive('max batch size', numberFlag(flags, `audit-${plugin}-batch-max-size`)),
    maxBatchWaitMs: durationFlag(flags, `audit-${plugin}-batch-max-wait`),
    throttle: throttles
      ? {
          perSecond: positive('throttle QPS', Number(flags[`audit-${plugin}-batch-throttle-qps`]) || 0),
          burst: positive('throttle burst', numberFlag(flags, `audit-${plugin}-batch-throttle-burst`)),
        }
      : undefined,
  }
}

function truncation(flags: Flags, plugin: Plugin): { readonly maxEventBytes?: number; readonly maxBatchBytes?: number } {
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
