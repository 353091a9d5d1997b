import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinMetrics } from './join-metrics.ts'

test('A family of two texts is announced once and has the samples of both', () => {
  const one = '# HELP depth Depth\n# TYPE depth gauge\ndepth{name="a"} 1\n# HELP up Up\n# TYPE up gauge\nup 1\n'
  const two = '# HELP depth Depth\n# TYPE depth gauge\ndepth{name="b"} 2\n'
  assert.equal(
    joinMetrics([one, two, '']),
    '# HELP depth Depth\n# TYPE depth gauge\ndepth{name="a"} 1\ndepth{name="b"} 2\n# HELP up Up\n# TYPE up gauge\nup 1\n',
  )
})
