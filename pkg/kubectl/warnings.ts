/** Warnings: those of the server's Warning headers, and how any of them is told (client-go's and cli-runtime's warning printers). */
import type { Sink, Streams } from './types.ts'

/** Texts of code 299; what follows a warning that is malformed, or holds control characters, is not read. */
export function warningTexts(header: string): string[] {
  const texts: string[] = []
  // Headers come as bytes, one to a character.
  let rest = header.trim()
  while (rest !== '') {
    const match = /^(\d{3}) (\S+) "((?:[^"\\]|\\[\s\S])*)"\s*(?:"[^"]*"\s*)?(?:,\s*|$)/.exec(rest)
    if (!match) break
    const [whole, code, agent, quoted] = match
    const text = fromBytes(quoted!.replace(/\\([\s\S])/g, '$1'))
    if (text === undefined || hasControl(text) || hasControl(agent!)) break
    if (code === '299' && text !== '') texts.push(text)
    rest = rest.slice(whole.length)
  }
  return texts
}

/** Undefined for bytes that are no UTF-8. */
function fromBytes(text: string): string | undefined {
  if ([...text].some((character) => character > 'ÿ')) return text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'))
  } catch {
    return undefined
  }
}

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text)

/** "Warning: …", the word in yellow where the terminal may have colours. */
export function warningLine(text: string, { stderr, env }: Pick<Streams, 'stderr' | 'env'>): string {
  return allowsColour(stderr, env) ? `\u001b[33;1mWarning:\u001b[0m ${text}\n` : `Warning: ${text}\n`
}

function allowsColour(sink: Sink, env: Streams['env']): boolean {
  return sink.isTTY === true && env.TERM !== 'dumb' && env.NO_COLOR === undefined
}
