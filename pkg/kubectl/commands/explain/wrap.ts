/** Words wrapped as kubectl's term.NewWordWrapWriter wraps them: existing line ends stay. */
export function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n')
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = []
  let current = ''
  let space = ''
  for (const [, word = '', gap = ''] of line.matchAll(/(\S*)(\s*)/g)) {
    if (word === '' && gap === '') continue
    if (current !== '' && current.length + space.length + word.length > width) {
      lines.push(current)
      current = word
    } else current += space + word
    space = gap
  }
  lines.push(current + space)
  return lines.join('\n')
}

/** Every line, the empty ones too. */
export function indent(text: string, amount: number): string {
  const pad = ' '.repeat(amount)
  return pad + text.replaceAll('\n', `\n${pad}`)
}
