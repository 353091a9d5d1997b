/** Texts that handlers and admission left go out as `Warning: 299 - "text"`, bounded as upstream bounds them (4 KB). */
import { answered } from '../status-response.ts'
import type { Filter } from '../types.ts'

const maxTotalLength = 4 * 1024
const maxTruncatedLength = 256

export const warnings: Filter = async (request, next) => {
  const response = await answered(request, next(request))
  attach(response.headers, request.context.warnings)
  return response
}

function attach(headers: Record<string, string>, texts: readonly string[]): void {
  // One that no header can carry is lost, as upstream loses it.
  const unique = [...new Set(texts)].filter((each) => !/[\u0000-\u001f\u007f]/.test(each))
  if (unique.length === 0) return
  const total = unique.reduce((sum, each) => sum + each.length, 0)
  const shown = total > maxTotalLength ? unique.map((each) => each.slice(0, maxTruncatedLength)) : unique
  headers.warning = shown.map((text) => `299 - ${quote(text)}`).join(', ')
}

function quote(text: string): string {
  // The bytes of UTF-8 go out as they are, as Go sends them; Node writes a character of Latin-1 for each.
  return Buffer.from(`"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`).toString('latin1')
}
