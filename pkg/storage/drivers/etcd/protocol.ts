/** What we speak of etcd's v3 protocol (services KV, Watch, Lease). As data and not as a .proto file, so that it is in the bundle. */
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

/** `name: 'type number'`; `repeated type number` for lists. */
const message = (fields: Record<string, string>, oneof: string[] = []) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, text]) => {
      const words = text.split(' ')
      const id = Number(words.pop())
      const type = words.pop()!
      return [name, words[0] === 'repeated' ? { rule: 'repeated', type, id } : { type, id }]
    }),
  ),
  ...(oneof.length > 0 ? { oneofs: { union: { oneof } } } : {}),
})

const method = (name: string, stream = false) => ({
  requestType: `${name}Request`,
  responseType: `${name}Response`,
  ...(stream ? { requestStream: true, responseStream: true } : {}),
})

const mvccpb = {
  KeyValue: message({
    key: 'bytes 1',
    create_revision: 'int64 2',
    mod_revision: 'int64 3',
    version: 'int64 4',
    value: 'bytes 5',
    lease: 'int64 6',
  }),
  Event: { ...message({ type: 'EventType 1', kv: 'KeyValue 2', prev_kv: 'KeyValue 3' }), nested: { EventType: { values: { PUT: 0, DELETE: 1 } } } },
}

const etcdserverpb = {
  ResponseHeader: message({ cluster_id: 'uint64 1', member_id: 'uint64 2', revision: 'int64 3', raft_term: 'uint64 4' }),
  RangeRequest: message({
    key: 'bytes 1',
    range_end: 'bytes 2',
    limit: 'int64 3',
    revision: 'int64 4',
    serializable: 'bool 7',
    keys_only: 'bool 8',
    count_only: 'bool 9',
  }),
  RangeResponse: message({ header: 'ResponseHeader 1', kvs: 'repeated mvccpb.KeyValue 2', more: 'bool 3', count: 'int64 4' }),
  PutRequest: message({ key: 'bytes 1', value: 'bytes 2', lease: 'int64 3', prev_kv: 'bool 4' }),
  PutResponse: message({ header: 'ResponseHeader 1', prev_kv: 'mvccpb.KeyValue 2' }),
  DeleteRangeRequest: message({ key: 'bytes 1', range_end: 'bytes 2', prev_kv: 'bool 3' }),
  DeleteRangeResponse: message({ header: 'ResponseHeader 1', deleted: 'int64 2', prev_kvs: 'repeated mvccpb.KeyValue 3' }),
  RequestOp: message({ request_range: 'RangeRequest 1', request_put: 'PutRequest 2', request_delete_range: 'DeleteRangeRequest 3' }, [
    'request_range',
    'request_put',
    'request_delete_range',
  ]),
  ResponseOp: message({ response_range: 'RangeResponse 1', response_put: 'PutResponse 2', response_delete_range: 'DeleteRangeResponse 3' }, [
    'response_range',
    'response_put',
    'response_delete_range',
  ]),
  Compare: {
    ...message({ result: 'CompareResult 1', target: 'CompareTarget 2', key: 'bytes 3', mod_revision: 'int64 6' }, ['mod_revision']),
    nested: {
      CompareResult: { values: { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } },
      CompareTarget: { values: { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } },
    },
  },
  TxnRequest: message({ compare: 'repeated Compare 1', success: 'repeated RequestOp 2', failure: 'repeated RequestOp 3' }),
  TxnResponse: message({ header: 'ResponseHeader 1', succeeded: 'bool 2', responses: 'repeated ResponseOp 3' }),
  CompactionRequest: message({ revision: 'int64 1', physical: 'bool 2' }),
  CompactionResponse: message({ header: 'ResponseHeader 1' }),
  WatchRequest: message({ create_request: 'WatchCreateRequest 1', cancel_request: 'WatchCancelRequest 2' }, ['create_request', 'cancel_request']),
  WatchCreateRequest: message({
    key: 'bytes 1',
    range_end: 'bytes 2',
    start_revision: 'int64 3',
    progress_notify: 'bool 4',
    prev_kv: 'bool 6',
    watch_id: 'int64 7',
    fragment: 'bool 8',
  }),
  WatchCancelRequest: message({ watch_id: 'int64 1' }),
  WatchResponse: message({
    header: 'ResponseHeader 1',
    watch_id: 'int64 2',
    created: 'bool 3',
    canceled: 'bool 4',
    compact_revision: 'int64 5',
    cancel_reason: 'string 6',
    fragment: 'bool 7',
    events: 'repeated mvccpb.Event 11',
  }),
  LeaseGrantRequest: message({ TTL: 'int64 1', ID: 'int64 2' }),
  LeaseGrantResponse: message({ header: 'ResponseHeader 1', ID: 'int64 2', TTL: 'int64 3', error: 'string 4' }),
  KV: { methods: { Range: method('Range'), Txn: method('Txn'), Compact: method('Compaction') } },
  Watch: { methods: { Watch: method('Watch', true) } },
  Lease: { methods: { LeaseGrant: method('LeaseGrant') } },
}

const definition = fromJSON(
  { nested: { etcdserverpb: { nested: etcdserverpb as Record<string, object> }, mvccpb: { nested: mvccpb as Record<string, object> } } } as Parameters<
    typeof fromJSON
  >[0],
  // Revisions fit a number; lease ids are ours and made to fit.
  { longs: Number, enums: String, defaults: true, keepCase: true, oneofs: true },
)

export const services = loadPackageDefinition(definition).etcdserverpb as GrpcObject as Record<'KV' | 'Watch' | 'Lease', ServiceClientConstructor>

export interface KeyValue {
  readonly key: Buffer
  readonly create_revision: number
  readonly mod_revision: number
  readonly value: Buffer
}

export interface RangeResponse {
  readonly header: { readonly revision: number }
  readonly kvs: readonly KeyValue[]
  readonly count: number
}

export interface TxnResponse {
  readonly header: { readonly revision: number }
  readonly succeeded: boolean
  readonly responses: readonly { readonly response_range?: RangeResponse }[]
}

export interface WatchResponse {
  readonly header: { readonly revision: number }
  readonly created: boolean
  readonly canceled: boolean
  readonly compact_revision: number
  readonly cancel_reason: string
  readonly fragment: boolean
  readonly events: readonly { readonly type: 'PUT' | 'DELETE'; readonly kv: KeyValue; readonly prev_kv: KeyValue | null }[]
}
