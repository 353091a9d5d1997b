/** Keys that end a session's standard input without going to the container (kubectl's --detach-keys, the names of moby's term package). */
import { CommandError } from '../errors.ts'
import type { Source } from '../types.ts'

const beyondLetters: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 }

/** "ctrl-p,ctrl-q" as bytes; throws for a name that is none. */
export function keyBytes(keys: string): number[] {
  return keys.split(',').map((key) => {
    if (key.length === 1) return key.charCodeAt(0)
    const [, name = ''] = /^ctrl-(.)$/.exec(key) ?? []
    const code = /^[a-z]$/.test(name) ? name.charCodeAt(0) - 96 : beyondLetters[name]
    if (code === undefined) throw new CommandError(`error: could not bind detach keys: Unknown character: '${key}'`)
    return code
  })
}

/** The source until the keys come one after the other; what looked like them and was not is passed on. */
export function detachable(source: Source & { pause?(): void }, keys: string): Source & { pause(): void } {
  const sequence = keyBytes(keys)
  async function* until(): AsyncGenerator<Uint8Array> {
    let held = 0
    for await (const chunk of source) {
      const bytes: number[] = []
      for (const byte of Buffer.from(chunk as Uint8Array)) {
        if (byte === sequence[held]) {
          held++
          if (held === sequence.length) {
            if (bytes.length > 0) yield Buffer.from(bytes)
            return
          }
          continue
        }
        bytes.push(...sequence.slice(0, held))
        held = byte === sequence[0] ? 1 : 0
        if (held === 0) bytes.push(byte)
      }
      if (bytes.length > 0) yield Buffer.from(bytes)
    }
    if (held > 0) yield Buffer.from(sequence.slice(0, held))
  }
  return {
    [Symbol.asyncIterator]: until,
    pause: () => source.pause?.(),
    ...(source.isTTY === undefined ? {} : { isTTY: source.isTTY }),
    ...(source.fd === undefined ? {} : { fd: source.fd }),
    ...(source.setRawMode ? { setRawMode: (on: boolean) => source.setRawMode!(on) } : {}),
  }
}
