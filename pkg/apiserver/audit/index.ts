/** The audit log. In: every request, and the policy. Out: events, to a file, to a webhook, or to both. Upstream: k8s.io/apiserver/pkg/audit. */
import type { Clock } from '#base/clock.ts'
import type { AuthorizerAttributes } from '../types.ts'
import { type AuditPolicy, evaluate } from './policy.ts'
import { type AuditConfig, type AuditEvent, type AuditSink, type Level, levels } from './types.ts'

export { type LogFormat, logBackend, logFormats } from './log-backend.ts'
export { type BatchOptions, batched, blocking, modes } from './modes.ts'
export { parsePolicy } from './policy.ts'
export { truncating } from './truncate.ts'
export type { AuditBackend, AuditSink } from './types.ts'
export { webhookBackend } from './webhook-backend.ts'

export interface AuditOptions {
  readonly policy: AuditPolicy
  readonly sinks: readonly AuditSink[]
}

export class Audit {
  readonly clock: Clock
  readonly #options: AuditOptions
  readonly #byLevel = new Map<Level, number>(levels.map((level) => [level, 0]))
  #events = 0
  #rejected = 0

  constructor(options: AuditOptions, clock: Clock) {
    this.#options = options
    this.clock = clock
  }

  configOf(attributes: AuthorizerAttributes): AuditConfig {
    const config = evaluate(this.#options.policy, attributes)
    this.#byLevel.set(config.level, (this.#byLevel.get(config.level) ?? 0) + 1)
    return config
  }

  /** A promise: the request waits for it; false: the event is not where it must be. */
  write(event: AuditEvent): Promise<boolean> | undefined {
    this.#events++
    const waiting = this.#options.sinks.map((sink) => sink.write(event)).filter((each) => each !== undefined)
    return waiting.length === 0 ? undefined : Promise.all(waiting).then((each) => each.every(Boolean))
  }

  /** A request was not served, because its event could not be recorded. */
  rejected(): void {
    this.#rejected++
  }

  metrics(): string[] {
    const dropped = this.#options.sinks.map(({ name, dropped }) => `apiserver_audit_error_total{plugin="${name}"} ${dropped}`)
    return [
      '# TYPE apiserver_audit_event_total counter',
      `apiserver_audit_event_total ${this.#events}`,
      '# TYPE apiserver_audit_level_total counter',
      ...[...this.#byLevel].map(([level, count]) => `apiserver_audit_level_total{level="${level}"} ${count}`),
      '# TYPE apiserver_audit_error_total counter',
      ...dropped,
      '# TYPE apiserver_audit_requests_rejected_total counter',
      `apiserver_audit_requests_rejected_total ${this.#rejected}`,
    ]
  }

  async close(): Promise<void> {
    await Promise.all(this.#options.sinks.map((sink) => sink.close()))
  }
}
