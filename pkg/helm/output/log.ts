/** Lines of log/slog's text handler without times, which is how Helm logs to stderr. */
import { quote } from '#template/print/quote.ts'

const field = (text: string): string => (text === '' || /[\s"=]|[^\x20-\x7e]/.test(text) ? quote(text) : text)

export function logLine(level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${field(value instanceof Error ? value.message : String(value))}`)
  return `level=${level} msg=${field(message)}${rest.join('')}\n`
}
