import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forAttaching, forLogs } from './pod-order.ts'

interface Shape {
  readonly node?: string
  readonly phase?: string
  /** Since which minute it is ready. */
  readonly ready?: number
  readonly restarts?: number
  readonly sidecarRestarts?: number
  readonly created?: number
  readonly deleted?: number
}

const minute = (value: number): string => new Date(value * 60_000).toISOString()

function pod(name: string, { node = 'n', phase = 'Running', ready, restarts = 0, sidecarRestarts = 0, created = 1, deleted }: Shape): any {
  return {
    metadata: { name, creationTimestamp: minute(created), ...(deleted === undefined ? {} : { deletionTimestamp: minute(deleted) }) },
    spec: { nodeName: node || undefined, initContainers: [{ name: 'side', restartPolicy: 'Always' }, { name: 'once' }] },
    status: {
      phase,
      conditions: ready === undefined ? [{ type: 'Ready', status: 'False' }] : [{ type: 'Ready', status: 'True', lastTransitionTime: minute(ready) }],
      containerStatuses: [{ restartCount: restarts }],
      initContainerStatuses: [
        { name: 'side', restartCount: sidecarRestarts },
        { name: 'once', restartCount: 99 },
      ],
    },
  }
}

const cases: readonly (readonly [what: string, first: Shape, second: Shape, logs: string, attaching: string])[] = [
  ['one with a node', { node: '' }, {}, 'second', 'second'],
  ['one that runs', { phase: 'Pending' }, {}, 'second', 'second'],
  ['one that has ended, for its log alone', { phase: 'Unknown' }, { phase: 'Succeeded' }, 'second', 'first'],
  ['a ready one', {}, { ready: 5 }, 'second', 'second'],
  ['the longest ready one', { ready: 9, created: 1 }, { ready: 5, created: 2 }, 'second', 'second'],
  ['the most restarted for its log, the least restarted for attaching', { restarts: 3 }, { restarts: 1 }, 'first', 'second'],
  ['the same of sidecars', { sidecarRestarts: 3 }, { sidecarRestarts: 1 }, 'first', 'second'],
  ['the older one', { created: 8 }, { created: 3 }, 'second', 'second'],
  ['one that stays, for attaching alone', { ready: 1, deleted: 9 }, { ready: 2 }, 'first', 'second'],
  ['the first of equals', {}, {}, 'first', 'first'],
]

for (const [what, first, second, logs, attaching] of cases) {
  test(`of two pods ${what} is taken`, () => {
    const both = [pod('first', first), pod('second', second)]
    assert.equal(both.toSorted(forLogs)[0].metadata.name, logs)
    assert.equal(both.toSorted(forAttaching)[0].metadata.name, attaching)
  })
}
