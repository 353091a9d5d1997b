/** One line of comma-separated values; a value in double quotes may hold commas, doubled quotes stand for one. */
export function splitCsv(text: string): string[] {
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      const match = /^"((?:[^"]|"")*)"/.exec(text.slice(at))
      if (!match) return [...fields, text.slice(at)]
      fields.push(match[1]!.replaceAll('""', '"'))
      at += match[0].length
    } else {
      const end = text.indexOf(',', at)
      fields.push(text.slice(at, end < 0 ? undefined : end))
      at = end < 0 ? text.length : end
    }
    if (text[at] !== ',') return fields
    at++
  }
}
