/** How long one get after another takes, asked from a thread of its own, so that what else its process reads makes none of them wait. */
import { setTimeout } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { ask, open, type Target } from './load.ts'

/** Between two gets: a client that always asks takes half a core from the server. */
const pauseMs = 2

/** Milliseconds of each get of `path` while `work` goes on. */
export async function waits(target: Target, path: string, work: () => Promise<void>): Promise<number[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { target, path } })
  const found = Promise.withResolvers<number[]>()
  worker.on('error', found.reject)
  const begun = new Promise<void>((resolve) => {
    worker.once('message', () => {
      worker.once('message', found.resolve)
      resolve()
    })
  })
  await Promise.race([begun, found.promise])
  await work()
  worker.postMessage('end')
  return found.promise
}

if (!isMainThread) {
  const { target, path } = workerData as { target: Target; path: string }
  const session = await open(target)
  const found: number[] = []
  let isOver = false
  parentPort!.once('message', () => {
    isOver = true
  })
  for (let round = 0; round < 200; round++) await ask(session, { method: 'GET', path })
  parentPort!.postMessage('begun')
  while (!isOver) {
    const begin = performance.now()
    const { status } = await ask(session, { method: 'GET', path })
    if (status !== 200) throw new Error(`get: ${status}`)
    found.push(performance.now() - begin)
    await setTimeout(pauseMs)
  }
  session.close()
  parentPort!.postMessage(found)
}
