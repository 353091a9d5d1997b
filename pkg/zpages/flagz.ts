/** What a server says at /flagz (KEP-4828): the flags it runs with. */
import type { ZPage } from './answer.ts'

/** `flags`: by name, as upstream prints their values. */
export function flagzPage(component: string, flags: Readonly<Record<string, string>>): ZPage {
  const sorted = Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1))
  return { component, kind: 'Flagz', text: sorted.map(([name, value]) => `${name}=${value}\n`).join(''), document: { flags: Object.fromEntries(sorted) } }
}
