/** What a store must do, as tests: a driver is right when they pass on it. */
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { bytes, listing, put, record, remove, type StoreUnderTest, text } from './conformance/harness.ts'
import { runAgainstModel } from './conformance/model.ts'
import { readCases } from './conformance/reads.ts'
import { watchCases } from './conformance/watches.ts'
import { writeCases } from './conformance/writes.ts'

export type { StoreUnderTest } from './conformance/harness.ts'

export interface ConformanceOptions {
  /** The reason why not, when this machine cannot run the driver. */
  readonly skip?: string | undefined
  /** Steps of the comparison with the model; fewer for drivers with a round trip a step. */
  readonly modelSteps?: number
}

/** `open` makes a fresh, empty store for each test. */
export function storeConformance(name: string, open: () => Promise<StoreUnderTest>, options: ConformanceOptions = {}): void {
  const each = (title: string, run: (given: StoreUnderTest, context: TestContext) => Promise<void>) =>
    test(title, async (context) => {
      const given = await open()
      try {
        await run(given, context)
      } finally {
        await given.store.close()
        await given.dispose?.()
      }
    })

  suite(`${name} store${options.skip ? ` (skipped: ${options.skip})` : ''}`, { skip: options.skip ?? false }, () => {
    for (const [title, run] of Object.entries({ ...writeCases, ...readCases, ...watchCases })) each(title, ({ store }) => run(store))

    each('random writes, compactions and reads at old revisions agree with a model', async ({ store }) => {
      await runAgainstModel(store, 20260101, options.modelSteps ?? 2000)
    })

    each('an entry with a time to live goes by itself, and a renewed one later', async ({ store, advance }) => {
      const watch = await record(store, '/t/', store.revision())
      const short = await put(store, '/t/short', 'x', 0, 2)
      const renewed = await put(store, '/t/renewed', 'x', 0, 2)
      const kept = await put(store, '/t/kept', 'x', 0, 2)
      await put(store, '/t/kept', 'for ever', kept)
      await advance?.(1000)
      await put(store, '/t/renewed', 'y', renewed, 3)
      await advance?.(1500)
      const [gone] = (await watch.until(6)).slice(5)
      assert.deepEqual([gone!.type, gone!.key, gone!.previous!.revision], ['delete', '/t/short', short])
      await advance?.(2000)
      const [later] = (await watch.until(7)).slice(6)
      assert.deepEqual([later!.type, later!.key, text(later!.value)], ['delete', '/t/renewed', 'y'])
      assert.deepEqual((await listing(store, '/t/')).length, 1)
      watch.close()
    })

    each('what was written is there after a reopen, and a watch resumes where it was', async (given, context) => {
      if (!given.reopen) return context.skip('nothing outlives a close')
      let revision = await put(given.store, '/a', '0')
      const first = revision
      const deleted = await put(given.store, '/gone', 'x')
      for (let i = 1; i < 20; i++) revision = await put(given.store, '/a', `${i}`, revision)
      const remembered = revision
      revision = await put(given.store, '/a', 'after', revision)
      const last = await remove(given.store, '/gone', deleted)
      await given.store.compact(first + 5)
      const before = await listing(given.store, '/')
      const old = await listing(given.store, '/', remembered)
      const store = await given.reopen()
      try {
        assert.deepEqual([store.revision(), store.compactedRevision()], [last, first + 5])
        assert.deepEqual(await listing(store, '/'), before)
        assert.deepEqual(await listing(store, '/', remembered), old)
        const watch = await record(store, '/', remembered)
        const next = await put(store, '/gone', 'again')
        const events = await watch.until(3)
        assert.deepEqual(
          events.map(({ type, key, value, revision: at }) => [type, key, text(value), at]),
          [
            ['put', '/a', 'after', revision],
            ['delete', '/gone', 'x', last],
            ['put', '/gone', 'again', next],
          ],
        )
        assert.ok(next > last, 'revisions go on where they were')
        assert.ok(!(await store.put('/a', bytes('x'), { expectRevision: remembered })).ok)
      } finally {
        await store.close()
      }
    })
  })
}
