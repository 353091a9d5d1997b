/** The audit log. In: every request, and the policy. Out: events, to a file, to a webhook, or to both. Upstream: k8s.io/apiserver/pkg/audit. */
import type { Clock } from '#base/clock.ts'
import type { AuthorizerAttributes } from '../types.ts'
import { type AuditPolicy, evaluate } from './policy.ts'
import { type AuditConfig, type AuditEvent, type AuditSink, type Level, levels } from './types.ts'

export { logSink } from './log-sink.ts'
export { parsePolicy } from './policy.ts'
export { truncating } from './truncate.ts'
export { type WebhookSinkOptions, webhookSink } from './webhook-sink.ts'
export type { AuditSink } from './types.ts'

export interface AuditOptions {
  readonly policy: AuditPolicy
  readonly sinks: readonly AuditSink[]
}

export class Audit {
  readonly clock: Clock
  readonly #options: AuditOptions
  readonly #byLevel = new Map<Level, number>(levels.map((level) => [level, 0]))
  #events = 0

  constructor(options: AuditOptions, clock: Clock) {
    this.#options = options
    this.clock = clock
  }

  configOf(attributes: AuthorizerAttributes): AuditConfig {
    const config = evaluate(this.#options.policy, attributes)
    this.#byLevel.set(config.level, (this.#byLevel.get(config.level) ?? 0) + 1)
    return config
  }

  write(event: AuditEvent): void {
    this.#events++
    for (const sink of this.#options.sinks) sink.write(event)
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
    ]
  }

  async close(): Promise<void> {
    await Promise.all(this.#options.sinks.map((sink) => sink.close()))
  }
}
