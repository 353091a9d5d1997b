/** /debug/api_priority_and_fairness/*: the state of levels, queues and requests, as tables of text. */
import { textResponse } from '../response.ts'
import type { Handler } from '../types.ts'
import type { FlowControl } from './index.ts'
import type { Admission, PriorityLevel } from './level.ts'

export function dumpHandlers(flowControl: FlowControl): Readonly<Record<string, Handler>> {
  const root = '/debug/api_priority_and_fairness'
  const sorted = () => [...flowControl.levels].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    [`${root}/dump_priority_levels`]: async () => textResponse(200, table([levelColumns, ...sorted().map(levelRow)])),
    [`${root}/dump_queues`]: async () => textResponse(200, table([queueColumns, ...sorted().flatMap(queueRows)])),
    [`${root}/dump_requests`]: async ({ query }) => {
      const details = (query.get('includeRequestDetails') ?? '') !== ''
      return textResponse(200, table([[...requestColumns, ...(details ? detailColumns : [])], ...sorted().flatMap((level) => requestRows(level, details))]))
    },
  }
}

const levelColumns =
  'PriorityLevelName ActiveQueues IsIdle IsQuiescing WaitingRequests ExecutingRequests DispatchedRequests RejectedRequests TimedoutRequests CancelledRequests'.split(
    ' ',
  )
const queueColumns = 'PriorityLevelName Index PendingRequests ExecutingRequests SeatsInUse NextDispatchR InitialSeatsSum MaxSeatsSum TotalWorkSum'.split(' ')
const requestColumns =
  'PriorityLevelName FlowSchemaName QueueIndex RequestIndexInQueue FlowDistingsher ArriveTime InitialSeats FinalSeats AdditionalLatency StartTime'.split(' ')
const detailColumns = 'UserName Verb APIPath Namespace Name APIVersion Resource SubResource'.split(' ')

function levelRow({ name, queues, waiting, executing, quiescing, dispatched, rejected }: PriorityLevel): string[] {
  const active = queues.filter((queue) => queue.waiting.length > 0).length
  const refused = rejected['queue-full'] + rejected['concurrency-limit']
  return [name, active, waiting + executing === 0, quiescing, waiting, executing, dispatched, refused, rejected['time-out'], rejected.cancelled].map(String)
}

function queueRows({ name, queues }: PriorityLevel): string[][] {
  return queues.map((queue, index) => {
    const widest = queue.waiting.reduce((sum, { work }) => sum + Math.max(work.initialSeats, work.finalSeats), 0)
    const cells = [name, index, queue.waiting.length, queue.executing, queue.seatsInUse, seatSeconds(queue.nextDispatch), queue.waitingSeats, widest]
    return [...cells, seatSeconds(queue.waitingSeats * 0.003)].map(String)
  })
}

function requestRows({ name, queues, running }: PriorityLevel, details: boolean): string[][] {
  const row = (queue: number, index: number, { schemaName, distinguisher, arrivedMs, work, asked }: Admission): string[] => [
    ...[name, schemaName, queue, index, distinguisher, new Date(arrivedMs).toISOString()].map(String),
    ...[work.initialSeats, work.finalSeats, `${work.additionalLatencyMs}ms`, new Date(arrivedMs).toISOString()].map(String),
    ...(details ? detailsOf(asked) : []),
  ]
  return [...queues.flatMap(({ waiting }, at) => waiting.map((each, index) => row(at, index, each))), ...[...running].map((each) => row(-1, -1, each))]
}

function detailsOf({ info, user }: Admission['asked']): string[] {
  const groupVersion = info.group ? `${info.group}/${info.version}` : info.version
  return [user.name, info.verb, info.path, info.namespace, info.name, groupVersion, info.resource, info.subresource]
}

const seatSeconds = (value: number): string => `${value.toFixed(8)}ss`

/** Go's tabwriter with a minimum width of 8 and a padding of 1; the last cell of a row is not padded. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(8, ...rows.map((row) => (row[column]?.length ?? 0) + 2)))
  return `${rows.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : `${cell},`.padEnd(widths[at]!))).join('')).join('\n')}\n`
}
