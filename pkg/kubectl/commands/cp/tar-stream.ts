/** The tar of a container's file as one stream, taken up again where it broke off as often as --retries allows. */
import { PassThrough } from 'node:stream'
import { CommandError } from '../../errors.ts'
import type { Invocation } from '../../types.ts'
import { operand, type RemoteProgram } from './remote.ts'

const block = 512
/** Without end (--retries=-1) means: as long as something comes now and then. */
const mostFruitless = 20

export interface TarStream {
  readonly stream: NodeJS.ReadableStream
  /** The exit code of the last command, after everything was written; throws when the archive ended too soon. */
  readonly ended: Promise<number>
}

/** Upstream's tarPipe: with --retries the archive goes through tail, which leaves out what came already. */
export function tarStream({ flags, io }: Pick<Invocation, 'flags' | 'io'>, remote: RemoteProgram, file: string): TarStream {
  const stream = new PassThrough()
  const most = flags.int('retries')
  const end = archiveEnd()
  const path = operand(file)
  const line = (from: number): readonly string[] =>
    most === 0 ? ['tar', 'cf', '-', path] : ['sh', '-c', `tar cf - '${path.replaceAll("'", `'\\''`)}' | tail -c+${from}`]
  // What tar complains of goes where the original sends it.
  const write = (chunk: string | Uint8Array): boolean => {
    end.see(Buffer.from(chunk as Uint8Array))
    return stream.write(chunk)
  }
  const attempt = async (): Promise<number> => {
    const before = end.bytes
    try {
      return await remote.run(line(before === 0 ? 0 : before + 1), { stdout: { write }, stderr: io.stdout })
    } catch (error) {
      // A server that refuses at once will refuse again.
      if (most === 0 || end.bytes === before) throw error
      return 0
    }
  }
  const read = async (): Promise<number> => {
    for (let retries = 0, fruitless = 0; ; retries++) {
      const before = end.bytes
      const code = await attempt()
      if (code !== 0 || end.complete) return code
      fruitless = end.bytes === before ? fruitless + 1 : 0
      if (fruitless > mostFruitless || (most >= 0 && retries >= most)) {
        io.stdout.write(`Dropping out copy after ${retries} retries\n`)
        throw new CommandError('error: unexpected EOF')
      }
      io.stdout.write(`Resuming copy at ${end.bytes} bytes, retry ${retries + 1}/${most}\n`)
    }
  }
  const ended = read().finally(() => stream.end())
  return { stream, ended }
}

/** Follows an archive's bytes: two blocks of zeros are its end. */
function archiveEnd() {
  let bytes = 0
  let zeros = 0
  return {
    see(chunk: Buffer): void {
      bytes += chunk.length
      let at = chunk.length
      while (at > 0 && chunk[at - 1] === 0) at--
      zeros = at === 0 ? zeros + chunk.length : chunk.length - at
    },
    get bytes(): number {
      return bytes
    },
    get complete(): boolean {
      return bytes % block === 0 && zeros >= 2 * block
    },
  }
}
