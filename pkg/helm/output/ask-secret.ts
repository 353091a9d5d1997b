/** Asks at the terminal for what must not be seen there. */
import { CommandError, type Invocation } from '../types.ts'

interface Terminal extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

const [interrupt, endOfInput, backspace, deletion, newline, carriageReturn] = [3, 4, 8, 127, 10, 13]
const longest = 1024

/** Throws where there is no terminal, and when the question is broken off. */
export async function askSecret({ session, out }: Invocation, question: string): Promise<Buffer> {
  const terminal: Terminal = session.stdin
  out(question)
  if (!terminal.isTTY || !terminal.setRawMode) {
    out('\n')
    throw new CommandError('inappropriate ioctl for device')
  }
  const typed: number[] = []
  terminal.setRawMode(true)
  try {
    for await (const chunk of terminal) {
      for (const byte of Buffer.from(chunk as Uint8Array)) {
        if (byte === interrupt) throw new CommandError('interrupted')
        if (byte === newline || byte === carriageReturn || byte === endOfInput) return Buffer.from(typed)
        if (byte === backspace || byte === deletion) typed.pop()
        else if (typed.length < longest) typed.push(byte)
      }
    }
    return Buffer.from(typed)
  } finally {
    terminal.setRawMode(false)
    out('\n')
  }
}
