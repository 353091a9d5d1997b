/** GET ?watch: what is there or has happened since, then what happens, as frames of the negotiated form. */
import { encodeProtobuf, encodeWatchFrame } from '#apimachinery/codec/protobuf.ts'
import { nilStruct, zeroStruct } from '#apimachinery/codec/zero.ts'
import { PartialObjectMetadataSchema, StatusSchema } from '#apimachinery/gen/meta-v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { expired, StatusError } from '#apimachinery/status-error.ts'
import { isWebSocketRequest } from '../http/web-socket.ts'
import type { Output } from '../negotiation.ts'
import type { ApiResponse } from '../types.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import type { CacheEvent } from '../watchcache/event-ring.ts'
import { type FrameEncoder, type WatchEventType, WatchStream } from '../watchcache/watch-stream.ts'
import { type ListQuery, parseRevision } from './list-options.ts'
import type { Operation } from './operation.ts'
import { contentTypes, metadataOnly, type ShowOptions } from './output.ts'
import type { Selection } from './selection.ts'
import { makeTable } from './table.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

const maxQueued = 8192
const bookmarkIntervalMs = 60_000
/** The last bookmark goes out this long before the watch's time is up. */
const bookmarkLeadMs = 2_000

export async function watch(operation: Operation, query: ListQuery, selection: Selection, show: ShowOptions): Promise<ApiResponse> {
  const { parts, view, request } = operation
  const { hub, clock } = parts
  const namespace = operation.namespace !== '' ? operation.namespace : (selection.namespace ?? '')
  const prefix = view.prefix(namespace)
  const isApart = isWebSocketRequest(request)
  const encoder = frameEncoder(show, isApart)
  const revision = parseRevision(query.resourceVersion, 'watch')
  if (query.resourceVersion === '') await hub.fresh()
  else if (revision > hub.revision) await hub.waitFor(revision)

  const matches = prefix === view.cache.prefix ? selection.matches : inNamespace(prefix, selection.matches)
  const objectsOf = (event: CacheEvent) => [event.current, event.previous].filter((each) => each !== undefined)
  const converts = view.definition.custom?.convert !== undefined
  const stream = new WatchStream({ encoder, matches, maxQueued, ...(converts ? { prepare: (event) => view.prepare(() => objectsOf(event)) } : {}) })
  if (converts) await view.prepare(() => [...view.cache.range(prefix), ...(view.cache.eventsSince(revision) ?? []).flatMap(objectsOf)])
  const answer = (body: AsyncIterable<Uint8Array>): ApiResponse => ({
    status: 200,
    headers: { 'content-type': streamType(show.output), 'cache-control': 'no-cache, private' },
    body,
    ...(isApart ? { messages: show.output.mediaType === 'protobuf' ? 'binary' : 'text' } : {}),
  })

  // Upstream's deadline has passed before it shows anything; only who asks for what is newest hears of it.
  if ((query.timeoutSeconds ?? 0) < 0) {
    const late = new StatusError({ code: 500, reason: 'InternalError', message: 'context deadline exceeded' })
    return answer(query.resourceVersion === '' ? single(errorFrame(late, show.output, isApart)) : nothing())
  }

  // From here to attach nothing awaits, so that no event falls between what is shown and what follows.
  let initial: Iterable<Uint8Array>
  if (query.sendInitialEvents ?? revision === 0) {
    const present = [...view.cache.range(prefix)].filter((each) => !selection.matches || selection.matches(each))
    initial = initialFrames(present, encoder, query.sendInitialEvents === true && query.allowWatchBookmarks ? hub.revision : undefined)
  } else {
    const since = revision === 0 ? [] : view.cache.eventsSince(revision)
    if (!since) {
      const error = expired(`too old resource version: ${revision} (${view.cache.oldestRevision})`)
      return answer(single(errorFrame(error, show.output, isApart)))
    }
    initial = stream.replay(since)
  }
  stream.attach(view.cache)
  const forget = view.onClose(() => stream.end())

  const timeoutMs = 1000 * (query.timeoutSeconds || parts.minWatchSeconds * (1 + Math.random()))
  const timers = [clock.after(timeoutMs, () => stream.end())]
  const onAbort = () => stream.end()
  request.signal.addEventListener('abort', onAbort, { once: true })
  if (request.signal.aborted) stream.end()
  if (query.allowWatchBookmarks) {
    const bookmark = () => stream.send(encoder.bookmark(hub.revision, false))
    const repeat = () => {
      bookmark()
      timers[1] = clock.after(bookmarkIntervalMs, repeat)
    }
    timers.push(clock.after(bookmarkIntervalMs, repeat))
    if (timeoutMs > bookmarkLeadMs) timers.push(clock.after(timeoutMs - bookmarkLeadMs, bookmark))
  }
  const release = (): void => {
    for (const timer of timers) timer.cancel()
    forget()
    request.signal.removeEventListener('abort', onAbort)
    stream.end()
  }
  return { ...answer(releasing(stream.frames(initial, isApart), release)), onEnd: (told) => stream.onEnd(told) }
}

/** What is held for a watch is given back when it ends, and when nobody begins to read it. */
function releasing(frames: AsyncGenerator<Uint8Array>, release: () => void): AsyncIterable<Uint8Array> {
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    let isDone: boolean | undefined = true
    try {
      const result = await frames.next()
      isDone = result.done
      return result
    } finally {
      if (isDone) release()
    }
  }
  const stop = (): Promise<IteratorResult<Uint8Array>> => {
    release()
    return frames.return(undefined)
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: stop }) }
}

function inNamespace(prefix: string, matches: Selection['matches']): (object: CachedObject) => boolean {
  return (object) => object.key.startsWith(prefix) && (matches === undefined || matches(object))
}

function* initialFrames(present: readonly CachedObject[], encoder: FrameEncoder, endRevision: number | undefined): Generator<Uint8Array> {
  for (const object of present) {
    yield encoder.frame('ADDED', object)
    encoder.sent?.()
  }
  if (endRevision !== undefined) yield encoder.bookmark(endRevision, true)
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* single(frame: Uint8Array): AsyncGenerator<Uint8Array> {
  yield frame
}

function streamType({ mediaType }: Output): string {
  return mediaType === 'protobuf' ? `${contentTypes.protobuf};stream=watch` : contentTypes.json
}

/** `isApart`: each frame goes by itself, so that those of protobuf need not say how long they are. */
function frameEncoder(show: ShowOptions, isApart: boolean): FrameEncoder {
  const { view, output, includeObject } = show
  const { kind } = view.definition
  const bookmarkObject = (revision: number, end: boolean, empty: object = {}): KubeObject => ({
    ...empty,
    kind,
    apiVersion: view.apiVersion,
    metadata: { resourceVersion: String(revision), ...(end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) } as KubeObject['metadata'],
  })
  const format = `${view.apiVersion} ${output.mediaType} ${output.as} ${output.metaVersion} ${includeObject}`
  if (output.mediaType === 'protobuf') {
    const schema = output.as === 'PartialObjectMetadata' ? PartialObjectMetadataSchema : view.definition.schema
    const shape = (object: KubeObject) => (output.as === 'PartialObjectMetadata' ? metadataOnly(object, output.metaVersion, view.definition) : object)
    return {
      format: isApart ? `${format} apart` : format,
      frame: (type, object) => protobufFrame(type, encodeProtobuf(schema, shape(view.object(object))), isApart),
      bookmark: (revision, end) => protobufFrame('BOOKMARK', encodeProtobuf(schema, shape(bookmarkObject(revision, end))), isApart),
    }
  }
  if (output.as === 'object') {
    return {
      format,
      frame: (type, object) => jsonFrame(type, view.served(object).bytes),
      bookmark: (revision, end) =>
        jsonFrame('BOOKMARK', writeJson(bookmarkObject(revision, end, view.definition.custom ? {} : nilStruct(view.definition.schema)))),
    }
  }
  if (output.as === 'Table') return tableFrames(show, format, (revision, end) => bookmarkObject(revision, end, zeroStruct(view.definition.schema)))
  const shape = (object: KubeObject): string => writeJson(metadataOnly(object, output.metaVersion, view.definition))
  return {
    format,
    frame: (type, object) => jsonFrame(type, shape(view.object(object))),
    bookmark: (revision, end) => jsonFrame('BOOKMARK', shape(bookmarkObject(revision, end))),
  }
}

/** Only the first frame of a watch says which columns there are. */
function tableFrames(show: ShowOptions, format: string, bookmarkObject: (revision: number, end: boolean) => KubeObject): FrameEncoder {
  let withoutHeaders = false
  const shape = (object: KubeObject, includeObject = show.includeObject): string =>
    writeJson(makeTable([object], { ...show, includeObject, withoutHeaders, now: Date.now() }, object.metadata))
  return {
    get format() {
      return withoutHeaders ? `${format} rows` : format
    },
    sent: () => {
      withoutHeaders = true
    },
    frame: (type, object) => jsonFrame(type, shape(show.view.object(object))),
    bookmark: (revision, end) => jsonFrame('BOOKMARK', shape(bookmarkObject(revision, end), end ? 'Metadata' : show.includeObject)),
  }
}

function jsonFrame(type: WatchEventType | 'BOOKMARK' | 'ERROR', object: Uint8Array | string): Uint8Array {
  const bytes = typeof object === 'string' ? Buffer.from(object) : object
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), bytes, end])
}
const end = Buffer.from('}\n')

function protobufFrame(type: string, object: Uint8Array, isApart: boolean): Uint8Array {
  const frame = encodeWatchFrame(type, object)
  return isApart ? frame.subarray(lengthBytes) : frame
}
const lengthBytes = 4

function errorFrame(error: StatusError, output: Output, isApart: boolean): Uint8Array {
  if (output.mediaType !== 'protobuf') return jsonFrame('ERROR', JSON.stringify(error.toStatus()))
  return protobufFrame('ERROR', encodeProtobuf(StatusSchema, error.toStatus() as unknown as KubeObject), isApart)
}
