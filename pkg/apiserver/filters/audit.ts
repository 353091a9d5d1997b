/** Writes each request's events, stage by stage; after authentication, before impersonation, so that both users are known. */
import { lookupType } from '#api/scheme.ts'
import { parse } from '#apimachinery/codec/decode.ts'
import { decodeProtobuf, isProtobufEnvelope, readEnvelope } from '#apimachinery/codec/protobuf.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { Audit } from '../audit/index.ts'
import { AuditRecord, requestUri } from '../audit/record.ts'
import { isAsync } from '../http/respond.ts'
import { isLongRunning } from '../request-info.ts'
import { fromStoreError } from '../store-error.ts'
import type { ApiRequest, ApiResponse, Filter, Handler } from '../types.ts'
import { attributesOf } from './authorize.ts'

export function audit(current: () => Audit | undefined): Filter {
  return (request, next) => {
    const log = current()
    return log ? audited(log, request, next) : next(request)
  }

  async function audited(log: Audit, request: ApiRequest, next: Handler): Promise<ApiResponse> {
    const attributes = attributesOf(request.context, request.query)
    const config = log.configOf(attributes)
    if (config.level === 'None') return next(request)
    const record = new AuditRecord({ request, config, attributes, sink: log, clock: log.clock })
    request.context.audit = record
    const received = record.emit('RequestReceived')
    if (received && !(await received)) {
      log.rejected()
      return couldNotStore(request)
    }
    const isLong = isLongRunning(request.context.info) || request.upgrade !== undefined
    try {
      // What is created or replaced is noted when it has been read.
      const isNoted = (request.method === 'POST' || request.method === 'PUT') && attributes.subresource === ''
      const response = await next(record.keepsRequest && !isNoted ? keepingBody(request, record) : request)
      return await finish(request, response, record, isLong)
    } catch (thrown) {
      const error = fromStoreError(thrown) ?? thrown
      const failure = StatusError.from(error)
      const { details, ...status } = failure.toStatus() as { details?: object }
      record.responseStatus = { metadata: {}, ...without(status, ['kind', 'apiVersion', 'metadata']), ...(details ? { details } : {}) }
      if (record.keepsResponse && error instanceof StatusError) record.responseObject = error.toStatus()
      // A programming error is what a panic is upstream.
      await record.emit(error instanceof StatusError ? 'ResponseComplete' : 'Panic')
      throw thrown
    }
  }
}

/** Authentication failed: nothing is known of the user. Upstream tells of it as a started response. */
export function auditOfRefused(log: Audit, request: ApiRequest): void {
  const attributes = { ...attributesOf(request.context, request.query), user: { name: '', groups: [] } }
  const config = log.configOf(attributes)
  if (config.level === 'None') return
  request.context.user = attributes.user
  const record = new AuditRecord({
    request,
    config,
    attributes,
    sink: log,
    clock: log.clock,
  })
  record.responseStatus = { metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 }
  if (record.keepsResponse) record.responseObject = { kind: 'Status', apiVersion: 'v1', ...record.responseStatus }
  record.emit('ResponseStarted')
}

/** Upstream's responsewriters.InternalError: plain text. */
function couldNotStore(request: ApiRequest): ApiResponse {
  const uri = requestUri(request).replace(/[&<>]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[each]!)
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  return { status: 500, headers, body: `Internal Server Error: ${JSON.stringify(uri)}: failed to store audit event\n` }
}

async function finish(request: ApiRequest, response: ApiResponse, record: AuditRecord, isLong: boolean): Promise<ApiResponse> {
  record.responseStatus = { metadata: {}, code: response.status }
  const { body } = response
  const refusal = isLong && response.status >= 400 ? decoded(bytesOf(body) ?? new Uint8Array()) : undefined
  if (refusal) keepAnswer(record, refusal, response.status)
  if (isLong) await record.emit('ResponseStarted')
  if (response.upgraded && request.upgrade) {
    request.upgrade.socket.once('close', () => record.emit('ResponseComplete'))
    return response
  }
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD'
  const looks = record.keepsResponse || isWrite || response.status >= 400
  const complete = (value: Uint8Array | undefined): Promise<boolean> | undefined => {
    const object = value && looks ? decoded(value) : undefined
    if (object) {
      keepAnswer(record, object, response.status)
    }
    return record.emit('ResponseComplete')
  }
  if (body !== undefined && isAsync(body)) {
    // A long list is gathered as it is sent: who wants answers kept wants it too. A watch is not.
    return { ...response, body: looks && !isLong ? gathered(body, complete) : ended(body, () => record.emit('ResponseComplete')) }
  }
  await complete(bytesOf(body))
  return response
}

/** Objects, and refusals but those of the routes, which know of no object yet. */
function keepAnswer(record: AuditRecord, object: { kind?: string; message?: string }, code: number): void {
  if (object.kind === undefined || object.message?.startsWith('406: ')) return
  if (object.kind === 'Status') record.responseStatus = { code, ...without(object, ['kind', 'apiVersion']) }
  if (record.keepsResponse) record.responseObject = object
}

function keepingBody(request: ApiRequest, record: AuditRecord): ApiRequest {
  return {
    ...request,
    async body() {
      const bytes = await request.body()
      if (bytes.length > 0) record.requestObject ??= decoded(bytes)
      return bytes
    },
  }
}

async function* ended(body: AsyncIterable<Uint8Array | string>, whenEnded: () => unknown): AsyncGenerator<Uint8Array | string> {
  try {
    yield* body
  } finally {
    await whenEnded()
  }
}

async function* gathered(body: AsyncIterable<Uint8Array | string>, whenEnded: (value: Uint8Array) => unknown): AsyncGenerator<Uint8Array | string> {
  const blocks: Buffer[] = []
  try {
    for await (const block of body) {
      blocks.push(Buffer.from(block as Uint8Array))
      yield block
    }
  } finally {
    await whenEnded(Buffer.concat(blocks))
  }
}

function bytesOf(body: ApiResponse['body']): Uint8Array | undefined {
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  return Array.isArray(body) ? Buffer.concat(body) : undefined
}

/** What JSON, YAML or protobuf says; undefined when it is none of them. */
function decoded(bytes: Uint8Array): any {
  try {
    if (isProtobufEnvelope(bytes)) {
      const { apiVersion, kind } = readEnvelope(bytes)
      const schema = lookupType(apiVersion, kind)
      return schema && { kind, apiVersion, ...decodeProtobuf<object>(schema, bytes) }
    }
    const first = bytes[0]
    const { value } = parse(bytes, first === 0x7b || first === 0x5b ? 'json' : 'yaml')
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function without(object: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}
