import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecursiveReadOnly } from './recursive-read-only.ts'

test('a mount is read-only all the way down where it must be or can be', () => {
  const mount = { name: 'v', mountPath: '/v', readOnly: true }
  assert.equal(isRecursiveReadOnly(mount, true), false)
  assert.equal(isRecursiveReadOnly({ ...mount, recursiveReadOnly: 'IfPossible' }, true), true)
  assert.equal(isRecursiveReadOnly({ ...mount, recursiveReadOnly: 'IfPossible' }, false), false)
  assert.equal(isRecursiveReadOnly({ ...mount, recursiveReadOnly: 'Enabled' }, true), true)
  for (const [more, message] of [
    [{ recursiveReadOnly: 'Enabled' }, 'volume "v" requested recursive read-only mode, but it is not supported by the runtime'],
    [{ recursiveReadOnly: 'Enabled', readOnly: false }, 'volume "v" requested recursive read-only mode, but it is not read-only'],
    [
      { recursiveReadOnly: 'Enabled', mountPropagation: 'HostToContainer' },
      'volume "v" requested recursive read-only mode, but it is not compatible with propagation "HostToContainer"',
    ],
  ] as const) {
    assert.throws(() => isRecursiveReadOnly({ ...mount, ...more }, false), { message })
  }
})
