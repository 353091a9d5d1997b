/**
 * What object data may not do to a terminal: escape sequences and carriage returns are shown, not sent (cli-runtime's
 * WriteEscaped); so are the single characters that a terminal reads as the beginning of such a sequence.
 */
export function escapeTerminal(text: string): string {
  return text
    .replaceAll('\x1b', '^[')
    .replaceAll('\r', '\\r')
    .replace(/[\x80-\x9f]/g, (control) => `\\x${control.charCodeAt(0).toString(16)}`)
}
