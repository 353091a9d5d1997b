/** Contracts of the audit log (audit.k8s.io/v1). */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

/** What is kept of one request, under the policy's rule. */
export interface AuditConfig {
  readonly level: Level
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean
}

export interface AuditEvent {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: Level
  readonly auditID: string
  readonly stage: Stage
  readonly requestURI: string
  readonly verb: string
  readonly user: object
  readonly impersonatedUser?: object
  readonly authenticationMetadata?: { readonly impersonationConstraint: string }
  readonly sourceIPs?: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: object
  readonly responseStatus?: object
  readonly requestObject?: unknown
  readonly responseObject?: unknown
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** What takes events away: a file, a server. */
export interface AuditBackend {
  readonly name: string
  /** Resolves when they are there, or have been given up: false, and the log says why. Never rejects. */
  deliver(events: readonly AuditEvent[]): Promise<boolean>
  /** The server ends: what fails now is not waited for to get better. */
  hurry?(): void
  close(): Promise<void>
}

/** Where requests leave events. Bounded: what it cannot take it counts in `dropped`. */
export interface AuditSink {
  readonly name: string
  readonly dropped: number
  /** A promise: the request is to wait for it, and must not go on when it says false. */
  write(event: AuditEvent): Promise<boolean> | undefined
  /** What is left is written. */
  close(): Promise<void>
}

/** Of one request; what handlers and admission add to its events. */
export interface AuditNotes {
  /** A key that is there already stays. `from`: what is kept of the request at least, for the note to be kept. */
  annotate(key: string, value: string, from?: 'Metadata' | 'Request'): void
  /** What was sent, read and with its defaults, before admission changes it. */
  asked(object: object): void
  /** The verb that allowed the caller to act as another. */
  impersonatedUnder(constraint: string): void
  readonly level: Level
}
