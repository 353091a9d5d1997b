/** What text from elsewhere may not do to a terminal. */

/** Control characters but tabs and ends of lines are shown as ^X, those beyond ASCII by their number. */
export function escapeControls(text: string): string {
  return text.replaceAll(/\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, (c) => {
    const code = c.charCodeAt(0)
    if (code >= 0x80) return `\\x${code.toString(16)}`
    return `^${String.fromCharCode(code ^ 0x40)}`
  })
}
