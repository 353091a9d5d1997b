/** One request's record: what is known of it, and the events that are made from it, stage by stage. */
import { rfc3339Micro, type Clock } from '#base/clock.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import { userObject } from '../authn/reviews.ts'
import type { ApiRequest, AuthorizerAttributes, UserInfo } from '../types.ts'
import { type AuditConfig, type AuditEvent, type AuditNotes, type AuditSink, type Level, levels, type Stage } from './types.ts'

interface Sent {
  readonly name?: string
  readonly uid?: string
  readonly resourceVersion?: string
}

const maxUserAgentLength = 1024

export class AuditRecord implements AuditNotes {
  readonly #request: ApiRequest
  readonly #config: AuditConfig
  readonly #attributes: AuthorizerAttributes
  readonly #user: UserInfo
  readonly #sink: Pick<AuditSink, 'write'>
  readonly #clock: Clock
  readonly #annotations: Record<string, string> = {}
  #constraint = ''
  requestObject: unknown
  responseObject: unknown
  responseStatus: object | undefined
  /** What the object that was sent says of itself. */
  #sent: Sent = {}

  constructor(parts: { request: ApiRequest; config: AuditConfig; attributes: AuthorizerAttributes; sink: Pick<AuditSink, 'write'>; clock: Clock }) {
    this.#request = parts.request
    this.#config = parts.config
    this.#attributes = parts.attributes
    this.#sink = parts.sink
    this.#clock = parts.clock
    this.#user = parts.request.context.user
  }

  get level(): Level {
    return this.#config.level
  }

  annotate(key: string, value: string, from: 'Metadata' | 'Request' = 'Metadata'): void {
    if (levels.indexOf(this.level) < levels.indexOf(from)) return
    this.#annotations[key] ??= value
  }

  asked(object: object): void {
    const { name, uid, resourceVersion } = (object as { metadata?: Sent }).metadata ?? {}
    this.#sent = { ...(name ? { name } : {}), ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
    if (this.keepsRequest) this.requestObject = cloneJson(object)
  }

  impersonatedUnder(constraint: string): void {
    this.#constraint = constraint
  }

  get keepsRequest(): boolean {
    return this.level === 'Request' || this.level === 'RequestResponse'
  }

  get keepsResponse(): boolean {
    return this.level === 'RequestResponse'
  }

  /** A promise where the request is to wait; false: it must not go on. */
  emit(stage: Stage): Promise<boolean> | undefined {
    const { omitStages, omitManagedFields } = this.#config
    if (this.level === 'None' || omitStages.includes(stage)) return undefined
    const { context, headers } = this.#request
    const impersonated = context.user === this.#user ? undefined : context.user
    const userAgent = headers['user-agent']
    const object = (value: unknown): unknown => (omitManagedFields ? withoutManagedFields(value) : value)
    const event: AuditEvent = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.level,
      auditID: context.auditId,
      stage,
      requestURI: requestUri(this.#request),
      verb: this.#attributes.verb,
      user: this.#user.name === '' ? {} : userObject(this.#user),
      ...(impersonated ? { impersonatedUser: userObject(impersonated) } : {}),
      ...(this.#constraint ? { authenticationMetadata: { impersonationConstraint: this.#constraint } } : {}),
      sourceIPs: sourceAddresses(this.#request),
      ...(userAgent ? { userAgent: userAgent.length > maxUserAgentLength ? `${userAgent.slice(0, maxUserAgentLength)}...TRUNCATED` : userAgent } : {}),
      ...(this.#attributes.isResourceRequest ? { objectRef: objectReference(this.#attributes, this.#sent) } : {}),
      ...(this.responseStatus ? { responseStatus: this.#withoutSecret(this.responseStatus) } : {}),
      ...(this.requestObject === undefined ? {} : { requestObject: object(this.requestObject) }),
      ...(this.responseObject === undefined ? {} : { responseObject: object(this.responseObject) }),
      requestReceivedTimestamp: rfc3339Micro(context.receivedAtMs),
      stageTimestamp: rfc3339Micro(this.#clock.now()),
      ...(Object.keys(this.#annotations).length > 0 ? { annotations: { ...this.#annotations } } : {}),
    }
    return this.#sink.write(event)
  }

  /** Below level Request no value of a Secret gets into the log, where upstream lets one in: in the message of an apply that does not fit. */
  #withoutSecret(status: { message?: string }): object {
    const { group, resource } = this.#attributes
    if (status.message === undefined || group !== '' || resource !== 'secrets' || this.keepsRequest) return status
    return { ...status, message: status.message.replace(shownValue, ' got <secret contents redacted>') }
  }
}

/** How a server-side apply tells which value does not fit: to who sent it, and in upstream's log. */
const shownValue = / got &(value\.valueUnstructured)?\{[\s\S]*$/

export function requestUri({ uri, path, query }: ApiRequest): string {
  if (uri !== undefined) return uri
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

/** X-Forwarded-For first, as its proxies wrote it, then X-Real-Ip, then the connection's own. */
export function sourceAddresses({ headers, remoteAddress }: ApiRequest): string[] {
  const named = [...(headers['x-forwarded-for'] ?? '').split(','), headers['x-real-ip'] ?? '']
    .map((each) => each.trim())
    .filter((each) => /^[\da-fA-F.:]+$/.test(each))
  const own = remoteAddress.replace(/^::ffff:/, '')
  return [...new Set([...named, ...(own ? [own] : [])])]
}

function objectReference(attributes: AuthorizerAttributes, { name, uid, resourceVersion }: Sent): object {
  const { resource, namespace, group, version, subresource } = attributes
  return {
    ...(resource ? { resource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(attributes.name || name ? { name: attributes.name || name } : {}),
    ...(uid ? { uid } : {}),
    ...(group ? { apiGroup: group } : {}),
    ...(version ? { apiVersion: version } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(subresource ? { subresource } : {}),
  }
}

function withoutManagedFields(value: any): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { metadata, items, ...rest } = value
  const { managedFields: _, ...kept } = metadata ?? {}
  return { ...rest, ...(metadata ? { metadata: kept } : {}), ...(Array.isArray(items) ? { items: items.map(withoutManagedFields) } : {}) }
}
