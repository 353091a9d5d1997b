/** Copies that break off: how often they are taken up again, and where. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError } from '#apimachinery/status-error.ts'
import { pack } from 'tar-stream'
import { tarStream } from './tar-stream.ts'

async function archive(): Promise<Buffer> {
  const packed = pack()
  packed.entry({ name: 'f' }, 'x'.repeat(2000))
  packed.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of packed) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Each attempt brings so many bytes, or fails after them. */
async function copied(file: string, retries: number, attempts: readonly { readonly bytes: number; readonly code?: number; readonly fails?: Error }[]) {
  const whole = await archive()
  const lines: string[] = []
  let told = ''
  let at = 0
  const io = { stdout: { write: (text: string) => (told += text) } }
  const remote = {
    run: async (line: readonly string[], { stdout }: { readonly stdout: { write(chunk: Uint8Array): unknown } }) => {
      const { bytes, code = 0, fails } = attempts[Math.min(lines.length, attempts.length - 1)]!
      lines.push(line.join(' '))
      if (bytes > 0) stdout.write(whole.subarray(at, at + bytes))
      at += bytes
      if (fails) throw fails
      return code
    },
  }
  const { stream, ended } = tarStream({ flags: { int: () => retries } as never, io: io as never }, remote as never, file)
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const outcome = await ended.then(String, (error: Error) => error.message)
  return { outcome, told, lines, whole: Buffer.concat(chunks).equals(whole) }
}

test("without retries tar runs alone, and its end before the archive's is an error", async () => {
  assert.deepEqual(await copied('/f', 0, [{ bytes: 1e6 }]), { outcome: '0', told: '', lines: ['tar cf - /f'], whole: true })
  const cut = await copied('/f', 0, [{ bytes: 700 }])
  assert.deepEqual([cut.outcome, cut.told, cut.lines.length], ['error: unexpected EOF', 'Dropping out copy after 0 retries\n', 1])
  assert.equal((await copied('/f', 0, [{ bytes: 0, code: 2 }])).outcome, '2')
})

test('a copy that breaks off goes on behind what came', async () => {
  const { outcome, told, lines, whole } = await copied("it's", 3, [{ bytes: 700 }, { bytes: 100, fails: new Error('socket hang up') }, { bytes: 1e6 }])
  assert.deepEqual([outcome, whole], ['0', true])
  assert.equal(told, 'Resuming copy at 700 bytes, retry 1/3\nResuming copy at 800 bytes, retry 2/3\n')
  const line = (from: number): string => `sh -c tar cf - 'it'\\''s' | tail -c+${from}`
  assert.deepEqual(lines, [line(0), line(701), line(801)])
})

test('it gives up after as many retries as were asked for, and without end once nothing comes any more', async () => {
  const some = await copied('f', 2, [{ bytes: 100 }, { bytes: 0 }])
  assert.deepEqual([some.outcome, some.lines.length], ['error: unexpected EOF', 3])
  assert.match(some.told, /Dropping out copy after 2 retries\n$/)
  const endless = await copied('f', -1, [{ bytes: 100 }, { bytes: 0 }])
  assert.equal(endless.outcome, 'error: unexpected EOF')
  assert.match(endless.told, /^Resuming copy at 100 bytes, retry 1\/-1\n/)
})

test('what the server refuses is not tried again', async () => {
  const refused = new StatusError({ reason: 'NotFound', code: 404, message: 'pods "p" not found' })
  const { outcome, lines } = await copied('f', 5, [{ bytes: 0, fails: refused }])
  assert.deepEqual([outcome, lines.length], ['pods "p" not found', 1])
})

test('a name with a dash before it is no flag of tar', async () => {
  assert.deepEqual((await copied('--to-command=x', 0, [{ bytes: 1e6 }])).lines, ['tar cf - ./--to-command=x'])
})
