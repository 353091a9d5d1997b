import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageOf, humanDuration, shortHumanDuration } from './ages.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const human: [number, string][] = [
  [-2 * second, '<invalid>'],
  [-1 * second, '0s'],
  [0, '0s'],
  [119 * second, '119s'],
  [120 * second, '2m'],
  [3 * minute + 5 * second, '3m5s'],
  [10 * minute + 5 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [7 * hour + 59 * minute, '7h59m'],
  [47 * hour, '47h'],
  [48 * hour, '2d'],
  [7 * day + 23 * hour, '7d23h'],
  [8 * day + hour, '8d'],
  [729 * day, '729d'],
  [2 * 365 * day, '2y'],
  [3 * 365 * day + 10 * day, '3y10d'],
  [8 * 365 * day + 10 * day, '8y'],
]

test('durations have the precision of upstream tables', () => {
  for (const [duration, text] of human) assert.equal(humanDuration(duration), text)
})

test('short durations have one unit', () => {
  const cases: [number, string][] = [
    [59 * second, '59s'],
    [60 * second, '1m'],
    [59 * minute, '59m'],
    [23 * hour, '23h'],
    [364 * day, '364d'],
    [366 * day, '1y'],
  ]
  for (const [duration, text] of cases) assert.equal(shortHumanDuration(duration), text)
})

test('no timestamp has no age', () => {
  assert.equal(ageOf(undefined, 0), '<unknown>')
  assert.equal(ageOf('1970-01-01T00:00:00Z', 5 * minute), '5m')
})
