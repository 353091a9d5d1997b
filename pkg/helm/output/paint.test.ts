import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHelm } from '../main.ts'
import type { Session, Sink } from '../types.ts'
import { paintFor } from './paint.ts'
import { drawTable } from './table.ts'

const sessionOf = (env: Session['env'], stdout: Sink): Session => ({
  stdin: (async function* () {})(),
  stdout,
  stderr: stdout,
  env: { HOME: '/nonexistent', ...env },
  cwd: '/',
  signal: AbortSignal.timeout(30_000),
})
const sink = (isTTY: boolean): Sink => ({ isTTY, write: () => true })

const colored: readonly (readonly [mode: string, isTTY: boolean, env: Session['env'], colored: boolean])[] = [
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { TERM: 'dumb' }, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['always', false, {}, true],
  ['always', false, { TERM: 'dumb' }, true],
  ['always', true, { NO_COLOR: '1' }, false],
  ['never', true, {}, false],
]

for (const [mode, isTTY, env, expected] of colored) {
  test(`--color ${mode} ${isTTY ? 'on a terminal' : 'in a pipe'} with ${JSON.stringify(env)} gives ${expected ? 'color' : 'none'}`, () => {
    assert.equal(paintFor(mode, sessionOf(env, sink(isTTY))).namespace('x') !== 'x', expected)
  })
}

test('each status has its color, and what is over has none', () => {
  const { status } = paintFor('always', sessionOf({}, sink(false)))
  const colorOf = (text: string): string => /\x1b\[(\d+)m/.exec(status(text))?.[1] ?? ''
  const statuses = ['deployed', 'failed', 'unknown', 'pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling', 'uninstalled', 'superseded']
  assert.deepEqual(statuses.map(colorOf), ['32', '31', '31', '33', '33', '33', '33', '', ''])
})

test('a terminal gets the colors of the paint, and no other control character', () => {
  const paint = paintFor('always', sessionOf({}, sink(true)))
  assert.equal(paint.shown(`${paint.status('failed')} \x1b[32mfailed\x1b[0m \x1b[2J`), '\x1b[31mfailed\x1b[0m ^[[32mfailed^[[0m ^[[2J')
  assert.equal(paint.namespace('a\x1b[2J'), 'a\x1b[2J')
})

test('colors take no room in a table', () => {
  assert.equal(
    drawTable([
      ['\x1b[1mA\x1b[22m', 'x'],
      ['abc', 'y'],
    ]),
    '\x1b[1mA\x1b[22m  \tx\nabc\ty',
  )
})

test('a color mode that is none of the three is refused, and the environment is not', async () => {
  const run = async (line: readonly string[], env: Session['env']): Promise<readonly [number, string]> => {
    const told: string[] = []
    const code = await runHelm(line, sessionOf(env, { write: (text) => told.push(String(text)) }))
    return [code, told.join('')]
  }
  const refusal = 'level=WARN msg="command failed" error="invalid color mode \\"red\\": must be one of: never, auto, always"\n'
  assert.deepEqual(await run(['version', '--color', 'red'], {}), [1, refusal])
  assert.deepEqual(await run(['version', '--colour=red'], {}), [1, refusal])
  assert.equal((await run(['version'], { HELM_COLOR: 'red' }))[0], 0)
  assert.equal((await run(['version'], { HELM_COLOR: 'ALWAYS' }))[0], 0)
})
