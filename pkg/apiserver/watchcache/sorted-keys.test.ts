import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '#base/seeded-random.ts'
import { SortedKeys } from './sorted-keys.ts'

test('keys that come and go in any order stand in order, can be begun anywhere and counted', () => {
  const seed = Date.now() % 100_000
  const random = new SeededRandom(seed)
  const keys = new SortedKeys()
  let model: string[] = Array.from({ length: 700 }, (_, at) => `k${String(at * 3).padStart(5, '0')}`)
  keys.load(model)
  const check = (): void => {
    assert.deepEqual([...keys.from('')], model, `seed ${seed}`)
    for (const key of ['', model[0] ?? 'a', model[model.length >>> 1] ?? 'b', 'k00100', 'z']) {
      assert.deepEqual(
        [...keys.from(key)],
        model.filter((each) => each >= key),
        `seed ${seed}`,
      )
      assert.deepEqual(
        [...keys.from(key, true)],
        model.filter((each) => each > key),
        `seed ${seed}`,
      )
      assert.equal(keys.rank(key), model.filter((each) => each < key).length, `seed ${seed}`)
      assert.equal(keys.has(key), model.includes(key), `seed ${seed}`)
    }
  }
  check()
  for (let step = 0; step < 4000; step++) {
    // Grows at first, and shrinks to nothing at last.
    const key = `k${String(random.below(5000)).padStart(5, '0')}`
    if (random.below(4000) > step) {
      if (!keys.has(key)) {
        keys.add(key)
        model.push(key)
      }
    } else {
      const gone = model[random.below(Math.max(1, model.length))] ?? key
      keys.remove(gone)
      model = model.filter((each) => each !== gone)
    }
    if (step % 500 === 0) {
      model.sort()
      check()
    }
  }
  model.sort()
  check()
  for (const key of model) keys.remove(key)
  keys.remove('absent')
  model = []
  check()
  keys.add('only')
  assert.deepEqual([...keys.from('')], ['only'])
})

test('keys that come in order fill block after block', () => {
  const keys = new SortedKeys()
  const all = Array.from({ length: 2000 }, (_, at) => String(at).padStart(6, '0'))
  for (const key of all) keys.add(key)
  assert.deepEqual([...keys.from('')], all)
})
