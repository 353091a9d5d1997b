/** Who has to go, and what is said to and of them. */
import { apart, budget, half, most, near, node, on, pod, priorities, priority, spread, three, together, zone } from './shapes.ts'
import type { Situation } from './situations.ts'

const low = { priorityClassName: 'low' }
const middle = { priorityClassName: 'middle' }
const high = { priorityClassName: 'high' }
const since = (startTime: string, of: object): object => ({ ...of, status: { phase: 'Running', startTime } })
const ending = { metadata: { finalizers: ['example.test/wait'] } }

export const preemptionSituations: Readonly<Record<string, Situation>> = {
  'preemption: of all that are in the way, one by one': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [
      on('n1', 'a', low, { requests: { cpu: '1' } }),
      on('n1', 'b', low, { requests: { cpu: '1' } }),
      on('n1', 'c', low, { requests: { cpu: '1' } }),
      on('n1', 'd', middle, { requests: { cpu: '1' } }),
    ],
    pod: pod(high, most),
  },
  'preemption: the sum of priorities': {
    nodes: [node('n1'), node('n2')],
    objects: priorities,
    standing: [on('n1', 'a', middle, half), on('n1', 'b', middle, half), on('n2', 'c', middle, half), on('n2', 'd', low, half)],
    pod: pod(high, { requests: { cpu: '4' } }),
  },
  'preemption: two budgets, the fewer violations': {
    nodes: [node('n1'), node('n2')],
    objects: [...priorities, budget({ app: 'a' }, 1, 0)],
    standing: [
      on('n1', 'a', low, { ...half, labels: { app: 'a' } }),
      on('n1', 'b', low, { ...half, labels: { app: 'a' } }),
      on('n2', 'c', middle, { ...half, labels: { app: 'a' } }),
      on('n2', 'd', middle, half),
    ],
    pod: pod(high, { requests: { cpu: '4' } }),
  },
  'preemption: a budget that allows one': {
    nodes: [node('n1')],
    objects: [...priorities, budget({ app: 'a' }, 1, 1)],
    standing: [
      since('2026-01-01T00:00:00Z', on('n1', 'a', low, { ...half, labels: { app: 'a' } })),
      since('2026-01-02T00:00:00Z', on('n1', 'b', low, { ...half, labels: { app: 'a' } })),
    ],
    pod: pod(high, half),
  },
  'preemption: of the one that affinity needs helps nobody': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', low, { ...most, labels: { app: 'a' } })],
    pod: pod({ ...high, ...together(near({ app: 'a' })) }, half),
  },
  'preemption: for a spread': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'b' } })],
    objects: priorities,
    standing: [on('n1', 'a', low, { labels: { app: 'a' } }), on('n2', 'b', high, { requests: { cpu: '4' }, labels: {} })],
    pod: pod({ ...high, ...spread(zone) }, { ...half, labels: { app: 'a' } }),
  },
  'preemption: anti-affinity with one on another node': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'a' } })],
    objects: priorities,
    standing: [on('n1', 'a', low, { labels: { app: 'a' } }), on('n2', 'b', high, { requests: { cpu: '4' } })],
    pod: pod({ ...high, ...apart(near({ app: 'a' }, zone)) }, half),
  },
  'preemption: of an extended resource': {
    nodes: [node('n1', { extended: { 'example.test/gpu': '1' } })],
    objects: priorities,
    standing: [on('n1', 'a', low, { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } }), on('n1', 'b', low, half)],
    pod: pod(high, { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } }),
  },
  'preemption: of a place among the pods': { nodes: [node('n1', { pods: '1' })], objects: priorities, standing: [on('n1', 'a', low)], pod: pod(high) },
  'preemption: of the one that started last': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [
      since('2026-01-02T00:00:00Z', on('n1', 'a', low, { requests: { cpu: '1' } })),
      since('2026-01-03T00:00:00Z', on('n1', 'b', low, { requests: { cpu: '1' } })),
      since('2026-01-01T00:00:00Z', on('n1', 'c', low, { requests: { cpu: '1' } })),
      since('2026-01-04T00:00:00Z', on('n1', 'd', middle, { requests: { cpu: '1' } })),
    ],
    pod: pod(high, { requests: { cpu: '2' } }),
  },
  'preemption: on the node whose most important started last': {
    nodes: [node('n1'), node('n2')],
    objects: priorities,
    standing: [since('2026-01-01T00:00:00Z', on('n1', 'a', low, most)), since('2026-01-02T00:00:00Z', on('n2', 'b', low, most))],
    pod: pod(high, most),
  },
  'preemption: of one that has not started before one that has': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', low, half), since('2026-01-02T00:00:00Z', on('n1', 'b', low, half))],
    pod: pod(high, half),
  },
  'preemption: equals stay': {
    nodes: three,
    objects: priorities,
    standing: ['n1', 'n2', 'n3'].map((each) => on(each, `on-${each}`, middle, most)),
    pod: pod(middle, half),
  },
  'preemption: mixed reasons': {
    nodes: [node('n1'), node('n2', { cpu: '1' }), node('n3', { spec: { unschedulable: true } })],
    objects: priorities,
    standing: [on('n1', 'a', high, most)],
    pod: pod(middle, half),
  },
  'preemption: never, by a class, of many nodes': {
    nodes: three,
    objects: [...priorities, priority('never', 1000, { preemptionPolicy: 'Never' })],
    standing: ['n1', 'n2', 'n3'].map((each) => on(each, `on-${each}`, low, most)),
    pod: pod({ priorityClassName: 'never' }, half),
  },
  'preemption: one that ends already is in the way': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', low, { ...most, ...ending })],
    ended: ['a'],
    pod: pod(high, half),
  },
}
