/** What object data may not do to a terminal: escape sequences and carriage returns are shown, not sent. */
export function escapeTerminal(text: string): string {
  return text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r')
}
