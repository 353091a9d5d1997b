import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detachable, keyBytes } from './detach.ts'

async function passed(keys: string, ...chunks: string[]): Promise<string> {
  const source = (async function* () {
    yield* chunks
  })()
  let text = ''
  for await (const chunk of detachable(source, keys)) text += Buffer.from(chunk as Uint8Array).toString('utf8')
  return text
}

test('input ends at the detach keys, wherever chunks end, and what only began like them goes on', async () => {
  const table: [keys: string, chunks: string[], passed: string][] = [
    ['ctrl-p,ctrl-q', ['ls\r', '\x10\x11', 'never'], 'ls\r'],
    ['ctrl-p,ctrl-q', ['a\x10', '\x11b'], 'a'],
    ['ctrl-p,ctrl-q', ['a\x10b\x11'], 'a\x10b\x11'],
    ['ctrl-p,ctrl-q', ['\x10\x10\x11z'], '\x10'],
    ['ctrl-p,ctrl-q', ['end\x10'], 'end\x10'],
    ['d', ['abcd', 'e'], 'abc'],
  ]
  for (const [keys, chunks, expected] of table) assert.equal(await passed(keys, ...chunks), expected, JSON.stringify(chunks))
})

test('names of keys are those of the original', () => {
  assert.deepEqual(keyBytes('a,ctrl-a,ctrl-z,ctrl-@,ctrl-[,ctrl-_'), [97, 1, 26, 0, 27, 31])
  assert.throws(() => keyBytes('ctrl-p,nope'), { message: "error: could not bind detach keys: Unknown character: 'nope'" })
})
