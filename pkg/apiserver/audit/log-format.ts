/** How an event is a line of the audit log (upstream: pkg/audit/format.go). */
import type { AuditEvent } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

export const logFormats = ['legacy', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

export function lineOf(event: AuditEvent, format: LogFormat): string {
  return format === 'json' ? writeJson(event) : legacyLine(event)
}

interface User {
  readonly username?: string
  readonly groups?: readonly string[]
}

function legacyLine(event: AuditEvent): string {
  const { username, groups } = event.user as User
  const impersonated = event.impersonatedUser as User | undefined
  const quoted = (texts: readonly string[]): string => texts.map(goQuote).join(',')
  const fields = {
    id: event.auditID,
    stage: event.stage,
    ip: event.sourceIPs?.[0] ?? '<unknown>',
    method: event.verb,
    user: username || '<none>',
    groups: username && groups?.length ? quoted(groups) : '<none>',
    as: impersonated ? (impersonated.username ?? '') : '<self>',
    asgroups: impersonated?.groups ? quoted(impersonated.groups) : '<lookup>',
    'user-agent': event.userAgent ?? '',
    namespace: (event.objectRef as { namespace?: string } | undefined)?.namespace || '<none>',
    uri: event.requestURI,
  }
  const response = event.responseStatus ? String((event.responseStatus as { code?: number }).code ?? 0) : '<deferred>'
  const words = Object.entries(fields).map(([name, value]) => `${name}=${goQuote(value)}`)
  return `${shortestTime(event.requestReceivedTimestamp)} AUDIT: ${words.join(' ')} response="${response}"`
}

/** RFC3339Nano leaves out zeros at the end. */
function shortestTime(micro: string): string {
  return micro.replace(/\.(\d*?)0+Z$/, (_, digits: string) => (digits ? `.${digits}Z` : 'Z'))
}

/** Go's %q. */
function goQuote(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([0-9a-f]{2})/g, '\\x$1')
    .replace(/[\u007f-\u00a0\u00ad\p{Zl}\p{Zp}\p{Cf}]/gu, (each) => (each === '\u007f' ? '\\x7f' : `\\u${each.codePointAt(0)!.toString(16).padStart(4, '0')}`))
}
