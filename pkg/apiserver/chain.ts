/** The request path, in order. Each link sees the request before, and the answer after, the links below it. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { auditId, requestInfo } from './filters/identify.ts'
import type { Audit } from './audit/index.ts'
import { audit } from './filters/audit.ts'
import { authenticate } from './filters/authenticate.ts'
import { authorize } from './filters/authorize.ts'
import { flowControl } from './filters/flow-control.ts'
import { impersonate } from './filters/impersonate.ts'
import { inFlight } from './filters/in-flight.ts'
import { refuseWhenClosing } from './filters/closing.ts'
import { recovery } from './filters/recovery.ts'
import { warnings } from './filters/warnings.ts'
import { webSocket } from './filters/web-socket.ts'
import type { FlowControl } from './flowcontrol/index.ts'
import type { Authenticator, Authorizer, Filter, Handler } from './types.ts'

export interface ChainOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly authenticators: () => readonly Authenticator[]
  readonly authorizer: () => Authorizer
  readonly anonymous: boolean
  readonly requestTimeoutMs: number
  readonly limits: { readonly reading: number; readonly mutating: number }
  readonly refusing: () => boolean
  readonly audit: () => Audit | undefined
  readonly flowControl: () => FlowControl | undefined
  /** Counts and times; sees every answer. */
  readonly metrics: Filter
}

export function buildChain(options: ChainOptions, handler: Handler): Handler {
  const filters: readonly Filter[] = [
    options.metrics,
    refuseWhenClosing(options.refusing),
    requestInfo,
    recovery(options),
    auditId,
    authenticate(options),
    audit(options.audit),
    impersonate(options.authorizer),
    flowControl(options.flowControl, inFlight(options.limits)),
    authorize(options.authorizer),
    warnings,
    webSocket,
  ]
  return filters.reduceRight<Handler>((next, filter) => (request) => filter(request, next), handler)
}
