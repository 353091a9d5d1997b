/** A watch's body: one JSON object a line, cut anywhere by the network. */
import { StatusError } from '#apimachinery/status-error.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { WatchEvent } from './types.ts'

const newline = 0x0a
/** No object is larger (the API server's request limit is 3 MiB; events carry one object and a little more). */
const maxLineBytes = 16 * 1024 * 1024

/** Splits a byte stream into lines without the newline; what is left when it ends without one is dropped, as it is cut off. */
export async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const batch of lineBatches(body)) yield* batch
}

/** Events of a watch response; an ERROR event becomes the StatusError it carries. */
export async function* decodeWatch<T extends KubeObject>(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent<T>> {
  for await (const batch of lineBatches(body)) {
    for (const line of batch) {
      const event = JSON.parse(line) as { type: string; object: any }
      if (event.type === 'ERROR') throw StatusError.fromStatus(event.object)
      yield event as WatchEvent<T>
    }
  }
}

/** The lines that end in each chunk. */
async function* lineBatches(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const chunk of body) {
    const batch: string[] = []
    let start = 0
    for (;;) {
      const end = chunk.indexOf(newline, start)
      if (end < 0) break
      const tail = chunk.subarray(start, end)
      start = end + 1
      const line = heldBytes === 0 ? Buffer.from(tail.buffer, tail.byteOffset, tail.length) : Buffer.concat([...held, tail])
      held = []
      heldBytes = 0
      if (line.length > 0) batch.push(line.toString('utf8'))
    }
    if (batch.length > 0) yield batch
    if (start < chunk.length) {
      const rest = chunk.subarray(start)
      held.push(rest)
      heldBytes += rest.length
      if (heldBytes > maxLineBytes) throw new Error(`watch event of more than ${maxLineBytes} bytes`)
    }
  }
}
