/** GET /containerLogs/NAMESPACE/POD/CONTAINER */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { readLog } from '../logs/read-log.ts'
import { findContainer } from '../runtime/containers.ts'
import { latest, nothingRuns, previous } from '../runtime/pod-runtime.ts'
import type { PodDirectory } from '../types.ts'
import { HttpError } from './http-error.ts'

export async function serveLogs(pods: PodDirectory, path: readonly string[], query: URLSearchParams, response: ServerResponse): Promise<void> {
  const [namespace = '', name = '', container = ''] = path
  const pod = pods.get(namespace, name)
  if (!pod) throw new HttpError(404, `pod "${name}" does not exist`)
  if (!findContainer(pod, container)) throw new HttpError(404, `container "${container}" not found in pod "${name}"`)
  const options = logOptions(query)
  const { uid } = pod.metadata
  const status = () => pods.runtimeStatus(uid) ?? nothingRuns
  const wantPrevious = flag(query, 'previous')
  const record = wantPrevious ? previous(status(), container) : latest(status(), container)
  if (!record) {
    const shown = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((each) => each.name === container)
    const reason = shown?.state.waiting?.reason
    throw new HttpError(
      400,
      wantPrevious
        ? `previous terminated container "${container}" in pod "${name}" not found`
        : `container "${container}" in pod "${name}" is waiting to start${reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? ': trying and failing to pull image' : `: ${reason ?? 'ContainerCreating'}`}`,
    )
  }
  if (record.state === 'created') throw new HttpError(400, `container "${container}" in pod "${name}" is waiting to start: ContainerCreating`)
  const stop = new AbortController()
  response.once('close', () => stop.abort())
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'transfer-encoding': 'chunked' })
  response.flushHeaders()
  const chunks = readLog(record.logPath, {
    follow: flag(query, 'follow') && !wantPrevious,
    timestamps: flag(query, 'timestamps'),
    ...options,
    running: () => status().containers.some(({ id, state }) => id === record.id && state === 'running'),
    signal: stop.signal,
  })
  for await (const chunk of chunks) {
    if (stop.signal.aborted) break
    // A slow reader holds us back, not our memory.
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end()
}

const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name)
  return value !== null && value !== 'false' && value !== '0'
}

interface LogOptions {
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
  readonly sinceMs: number | undefined
  readonly stream: 'stdout' | 'stderr' | undefined
}

const streams = { all: undefined, stdout: 'stdout', stderr: 'stderr' } as const
const invalid = () => new HttpError(422, '{"message": "Invalid request."}')

/** Throws what upstream answers: no more than that the query cannot be read, or that what it says cannot be. */
function logOptions(query: URLSearchParams): LogOptions {
  const tailLines = number(query, 'tailLines') ?? number(query, 'tail')
  const limitBytes = number(query, 'limitBytes')
  const seconds = number(query, 'sinceSeconds')
  const time = query.get('sinceTime')
  const sinceTime = time ? Date.parse(time) : undefined
  if (Number.isNaN(sinceTime)) throw new HttpError(400, '{"message": "Unable to decode query."}')
  const stream = query.get('stream')?.toLowerCase() ?? 'all'
  if ((tailLines ?? 0) < 0 || (limitBytes ?? 1) < 1 || (seconds ?? 1) < 1 || (seconds !== undefined && sinceTime !== undefined)) throw invalid()
  if (!Object.hasOwn(streams, stream) || (stream !== 'all' && tailLines !== undefined)) throw invalid()
  const sinceMs = sinceTime ?? (seconds === undefined ? undefined : Date.now() - seconds * 1000)
  return { tailLines, limitBytes, sinceMs, stream: streams[stream as keyof typeof streams] }
}

function number(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '' || text === 'all') return undefined
  if (!/^[+-]?\d+$/.test(text)) throw new HttpError(400, '{"message": "Unable to decode query."}')
  return Number(text)
}
