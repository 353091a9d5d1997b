import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exponentialBounds, MetricSet } from './metric-set.ts'

test('counters, gauges and histograms are told in the text format, labels escaped', () => {
  const metrics = new MetricSet()
  const seen = metrics.counter('seen_total', 'Seen')
  seen.add({ who: 'a "b"\n' })
  seen.add({ who: 'a "b"\n' }, 2)
  metrics.gauge('depth', 'Depth').set(7)
  metrics.gauges('there', 'There', () => [[{ zone: 'z' }, 3]])
  metrics.histogram('took_seconds', 'Took', exponentialBounds(0.1, 2, 2)).observe(0.15)
  assert.equal(
    metrics.text(),
    [
      '# HELP seen_total Seen',
      '# TYPE seen_total counter',
      'seen_total{who="a \\"b\\"\\n"} 3',
      '# HELP depth Depth',
      '# TYPE depth gauge',
      'depth 7',
      '# HELP there There',
      '# TYPE there gauge',
      'there{zone="z"} 3',
      '# HELP took_seconds Took',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{le="0.1"} 0',
      'took_seconds_bucket{le="0.2"} 1',
      'took_seconds_bucket{le="+Inf"} 1',
      'took_seconds_sum 0.15',
      'took_seconds_count 1',
      '',
    ].join('\n'),
  )
})

test('a family has a thousand series, and what comes after is counted together', () => {
  const metrics = new MetricSet()
  const counter = metrics.counter('x', 'X')
  for (let at = 0; at < 1500; at++) counter.add({ name: `n${at}` })
  const lines = metrics.text().split('\n')
  assert.ok(lines.includes('x{name="other"} 500'))
})
