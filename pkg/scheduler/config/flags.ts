/** kube-scheduler's flags that users set, as upstream names them and with its defaults (docs/scheduler.md); and why the others set nothing here. */
import { gatesToSwitch } from '#api/gated-fields.ts'
import { durationMsFlag } from '#apimachinery/flag-values.ts'
import { ofEveryComponent } from '#base/component-flags.ts'
import { parseFeatureGates } from '#base/feature-gates.ts'
import { booleanFlag, FlagError, type LeftOut, parseFlagLines, withoutLeftOut } from '#base/flags.ts'
import type { LeaseTimes } from '#client/lease.ts'
import { type RequestLimit, requestLimitOf } from '#client/request-limit.ts'

export const known = {
  'feature-gates': '',
  'kube-api-burst': '',
  'kube-api-qps': '',
  'leader-elect': 'true',
  'leader-elect-lease-duration': '15s',
  'leader-elect-renew-deadline': '10s',
  'leader-elect-resource-lock': 'leases',
  'leader-elect-resource-name': 'kube-scheduler',
  'leader-elect-resource-namespace': 'kube-system',
  'leader-elect-retry-period': '2s',
  'pod-max-in-unschedulable-pods-duration': '5m0s',
} as const

export const leftOut: LeftOut = {
  fixed: ofEveryComponent.fixed,
  refused: {
    ...ofEveryComponent.refused,
    config: 'it is k8ts up --scheduler-config FILE, which is kept with the cluster',
    'write-config-to': 'what is in force is shown at /configz',
  },
}

export interface SchedulerFlagOptions {
  readonly election: LeaseTimes & {
    /** Absent: as the program is started. */
    readonly elects?: boolean
    readonly name: string
    readonly namespace: string
  }
  /** --kube-api-qps and --kube-api-burst; absent: it asks as fast as it can. */
  readonly requestLimit?: RequestLimit
  /** --pod-max-in-unschedulable-pods-duration. */
  readonly podMaxInUnschedulableMs: number
}

type Flags = ReturnType<typeof parse>
const parse = (text: string) => parseFlagLines(withoutLeftOut(text, leftOut), known, new Set(['feature-gates']))

/** By name, as upstream prints their values: what /flagz shows. Throws as `schedulerOptions` does. */
export function schedulerFlagValues(text: string): Readonly<Record<string, string>> {
  schedulerOptions(text)
  const { given: _, ...values } = parse(text)
  return values
}

/** Throws FlagError for a flag that is not known or not heeded here, and for a value that cannot be. `text`: a flag a line. */
export function schedulerOptions(text: string): SchedulerFlagOptions {
  const flags = parse(text)
  parseFeatureGates(flags['feature-gates'], gatesToSwitch)
  const requestLimit = requestLimitOf(flags, { qps: 50, burst: 100 })
  const podMaxInUnschedulableMs = durationMsFlag(flags, 'pod-max-in-unschedulable-pods-duration')
  if (podMaxInUnschedulableMs < 0) throw new FlagError('pod-max-in-unschedulable-pods-duration must not be less than zero')
  return { election: electionOf(flags), ...(requestLimit ? { requestLimit } : {}), podMaxInUnschedulableMs }
}

/** client-go waits for up to so many times as long. */
const jitterFactor = 1.2

function electionOf(flags: Flags): SchedulerFlagOptions['election'] {
  const [leaseDurationMs, renewDeadlineMs, retryPeriodMs] = (
    ['leader-elect-lease-duration', 'leader-elect-renew-deadline', 'leader-elect-retry-period'] as const
  ).map((name) => durationMsFlag(flags, name)) as [number, number, number]
  const lock = flags['leader-elect-resource-lock']
  const removed = ['endpoints', 'configmaps'].includes(lock) ? `${lock} lock is removed, migrate to leases` : `Invalid lock-type ${lock}`
  if (lock !== 'leases') throw new FlagError(`couldn't create resource lock: ${removed}`)
  const refuse = (why: string): never => {
    throw new FlagError(`couldn't create leader elector: ${why}`)
  }
  if (leaseDurationMs <= renewDeadlineMs) refuse('leaseDuration must be greater than renewDeadline')
  if (renewDeadlineMs <= retryPeriodMs * jitterFactor) refuse('renewDeadline must be greater than retryPeriod*JitterFactor')
  if (retryPeriodMs < 1) refuse('retryPeriod must be greater than zero')
  return {
    ...(flags.given.has('leader-elect') ? { elects: booleanFlag(flags, 'leader-elect') } : {}),
    name: flags['leader-elect-resource-name'],
    namespace: flags['leader-elect-resource-namespace'],
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
  }
}
