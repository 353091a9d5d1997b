/** Writes each request's events, stage by stage; after authentication, before impersonation, so that both users are known. */
import { lookupType } from '#api/scheme.ts'
import { parse } from '#apimachinery/codec/decode.ts'
import { decodeProtobuf, isProtobufEnvelope, readEnvelope } from '#apimachinery/codec/protobuf.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { Audit } from '../audit/index.ts'
import { AuditRecord } from '../audit/record.ts'
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
    const sink = { name: 'all', dropped: 0, write: log.write.bind(log), close: async () => {} }
    const record = new AuditRecord({ request, config, attributes, sink, clock: log.clock })
    request.context.audit = record
    record.emit('RequestReceived')
    const isLong = isLongRunning(request.context.info) || request.upgrade !== undefined
    try {
      const response = await next(record.keepsRequest ? keepingBody(request, record) : request)
      return finish(request, response, record, isLong)
    } catch (thrown) {
      const error = fromStoreError(thrown) ?? thrown
      const failure = StatusError.from(error)
      const { details, ...status } = failure.toStatus() as { details?: object }
      record.responseStatus = { metadata: {}, ...without(status, ['kind', 'apiVersion', 'metadata']), ...(details ? { details } : {}) }
      // A programming error is what a panic is upstream.
      record.emit(error instanceof StatusError ? 'ResponseComplete' : 'Panic')
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
    sink: { name: 'all', dropped: 0, write: log.write.bind(log), close: async () => {} },
    clock: log.clock,
  })
  record.responseStatus = { metadata: {}, status: 'Failure', message: 'Authentication failed, attempted: bearer, x509', reason: 'Unauthorized', code: 401 }
  record.emit('ResponseStarted')
}

function finish(request: ApiRequest, response: ApiResponse, record: AuditRecord, isLong: boolean): ApiResponse {
  record.responseStatus = { metadata: {}, code: response.status }
  if (isLong) record.emit('ResponseStarted')
  const { body } = response
  if (response.upgraded && request.upgrade) {
    request.upgrade.socket.once('close', () => record.emit('ResponseComplete'))
    return response
  }
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD'
  const looks = record.keepsResponse || isWrite || response.status >= 400
  const complete = (value: Uint8Array | undefined): void => {
    const object = value && looks ? decoded(value) : undefined
    if (object) {
      const { name, uid, resourceVersion } = object.metadata ?? {}
      if (isWrite && object.kind !== 'Status') record.written = { name, uid, resourceVersion }
      if (object.kind === 'Status') record.responseStatus = without(object, ['kind', 'apiVersion'])
      if (record.keepsResponse && request.context.info.isResourceRequest) record.responseObject = object
    }
    record.emit('ResponseComplete')
  }
  if (body !== undefined && isAsync(body)) {
    // A long list is gathered as it is sent: who wants answers kept wants it too. A watch is not.
    return { ...response, body: looks && !isLong ? gathered(body, complete) : ended(body, () => record.emit('ResponseComplete')) }
  }
  complete(bytesOf(body))
  return response
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

async function* ended(body: AsyncIterable<Uint8Array | string>, whenEnded: () => void): AsyncGenerator<Uint8Array | string> {
  try {
    yield* body
  } finally {
    whenEnded()
  }
}

async function* gathered(body: AsyncIterable<Uint8Array | string>, whenEnded: (value: Uint8Array) => void): AsyncGenerator<Uint8Array | string> {
  const blocks: Buffer[] = []
  try {
    for await (const block of body) {
      blocks.push(Buffer.from(block as Uint8Array))
      yield block
    }
  } finally {
    whenEnded(Buffer.concat(blocks))
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
