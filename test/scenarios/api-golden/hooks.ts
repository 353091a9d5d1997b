/** The webhooks that a list's policies name: what each answers is said by the path that it is called under. */
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import type { Companion } from './types.ts'

type Json = Record<string, any>
type Reply = { readonly status?: number; readonly text: string; readonly type?: string; readonly headers?: Record<string, string> } | 'never' | 'reset'

const patch = (operations: unknown): string => Buffer.from(JSON.stringify(operations)).toString('base64')
const changing = (operations: unknown): Json => ({ allowed: true, patchType: 'JSONPatch', patch: patch(operations) })
const denied = (status: Json | undefined): Json => ({ allowed: false, ...(status ? { status } : {}) })

/** What is put beside the uid. */
const responses: Readonly<Record<string, Json | ((request: Json) => Json)>> = {
  allow: { allowed: true },
  'allow-with-status': { allowed: true, status: { code: 500, message: 'not shown' } },
  warn: { allowed: true, warnings: ['beware', 'twice', 'twice', 'of "quotes" and é', 'a\nline', 'x'.repeat(300)] },
  'warn-and-deny': { allowed: false, warnings: ['beware'], status: { message: 'no' } },
  notes: { allowed: true, auditAnnotations: { a: 'b' } },
  deny: denied(undefined),
  'deny-empty': denied({}),
  'deny-message': denied({ message: 'no' }),
  'deny-reason': denied({ reason: 'Conflict' }),
  'deny-code': denied({ code: 409, message: 'no' }),
  'deny-code-200': denied({ code: 200, message: 'no' }),
  'deny-code-418': denied({ code: 418, message: 'no', reason: 'Teapot' }),
  'deny-code-500': denied({ code: 500 }),
  'deny-success': denied({ status: 'Success', message: 'no' }),
  'deny-details': denied({
    message: 'no',
    reason: 'Invalid',
    code: 422,
    details: { name: 'n', kind: 'k', causes: [{ field: 'f', message: 'm', reason: 'FieldValueInvalid' }], retryAfterSeconds: 3 },
  }),
  echo: ({ uid: _, ...request }) => denied({ message: JSON.stringify(inOrder(request)) }),
  'wrong-uid': { uid: 'other', allowed: true },
  'no-uid': { uid: undefined, allowed: true },
  'not-allowed': {},
  patch: changing([{ op: 'add', path: '/data/patched', value: 'yes' }]),
  'patch-label': changing([{ op: 'add', path: '/metadata/labels/patched', value: 'yes' }]),
  'patch-nothing': changing([]),
  'patch-same': changing([{ op: 'test', path: '/kind', value: 'ConfigMap' }]),
  'patch-test-fails': changing([{ op: 'test', path: '/kind', value: 'Secret' }]),
  'patch-missing': changing([{ op: 'remove', path: '/data/none' }]),
  'patch-bad-op': changing([{ op: 'mend', path: '/data/none' }]),
  'patch-type-wrong': changing([{ op: 'add', path: '/data', value: 7 }]),
  'patch-unknown-field': changing([{ op: 'add', path: '/none', value: 7 }]),
  'patch-invalid': changing([{ op: 'add', path: '/data', value: { 'not valid!': 'x' } }]),
  'patch-name': changing([{ op: 'replace', path: '/metadata/name', value: 'other' }]),
  'patch-namespace': changing([{ op: 'replace', path: '/metadata/namespace', value: 'other' }]),
  'patch-kind': changing([{ op: 'replace', path: '/kind', value: 'Nothing' }]),
  'patch-uid': changing([{ op: 'add', path: '/metadata/uid', value: 'x' }]),
  'patch-object': { allowed: true, patchType: 'JSONPatch', patch: patch({ op: 'add' }) },
  'patch-no-json': { allowed: true, patchType: 'JSONPatch', patch: Buffer.from('{').toString('base64') },
  'patch-no-base64': { allowed: true, patchType: 'JSONPatch', patch: '!!!' },
  'patch-no-type': { allowed: true, patch: patch([{ op: 'add', path: '/data/x', value: 'y' }]) },
  'patch-type-alone': { allowed: true, patchType: 'JSONPatch' },
  'patch-type-empty': { allowed: true, patchType: '', patch: patch([{ op: 'add', path: '/data/x', value: 'y' }]) },
  'patch-type-other': { allowed: true, patchType: 'MergePatch', patch: patch({ data: { x: 'y' } }) },
  'patch-and-deny': { ...changing([{ op: 'add', path: '/data/patched', value: 'yes' }]), allowed: false },
  count: ({ object }) => changing([{ op: 'add', path: '/data/count', value: `${object?.data?.count ?? ''}1` }]),
  once: ({ object }) => (object?.data?.once ? { allowed: true } : changing([{ op: 'add', path: '/data/once', value: 'yes' }])),
  side: ({ object }) =>
    object?.spec?.containers?.some(({ name }: Json) => name === 'side')
      ? { allowed: true }
      : changing([{ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'side:1' } }]),
}

/** Answers that are no reviews, or others. */
const replies: Readonly<Record<string, (review: Json) => Reply>> = {
  'status-500': () => ({ status: 500, text: 'broken <inside>' }),
  'status-500-text': () => ({ status: 500, text: 'broken <inside>\n', type: 'text/plain' }),
  'status-418-text': () => ({ status: 418, text: 'a teapot', type: 'text/plain' }),
  'status-403-text': () => ({ status: 403, text: 'no entry', type: 'text/plain' }),
  'status-404': () => ({ status: 404, text: 'not here' }),
  'status-403': () => ({ status: 403, text: 'no entry' }),
  'status-401': () => ({ status: 401, text: '' }),
  'status-400': () => ({ status: 400, text: 'bad' }),
  'status-429': () => ({ status: 429, text: 'later' }),
  'status-503': () => ({ status: 503, text: 'later' }),
  'status-object': () => ({
    status: 409,
    text: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'told as a Status', reason: 'Conflict', code: 409 }),
  }),
  empty: () => ({ text: '' }),
  'no-json': () => ({ text: 'this is no JSON', type: 'text/plain' }),
  'json-string': () => ({ text: '"x"' }),
  'half-json': () => ({ text: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"allowed":' }),
  'other-kind': ({ request }) => ({
    text: JSON.stringify({ kind: 'Other', apiVersion: 'admission.k8s.io/v1', response: { uid: request.uid, allowed: true } }),
  }),
  'other-version': ({ request }) => ({
    text: JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1beta1', response: { uid: request.uid, allowed: true } }),
  }),
  'no-kind': ({ request }) => ({ text: JSON.stringify({ response: { uid: request.uid, allowed: true } }) }),
  'a-pod': () => ({ text: JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } }) }),
  'no-response': () => ({ text: JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1' }) }),
  'allowed-text': ({ request }) => ({
    text: JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: { uid: request.uid, allowed: 'yes' } }),
  }),
  slow: () => 'never',
  reset: () => 'reset',
}

type Converted = (objects: readonly Json[], to: string) => unknown
const each =
  (change: (object: Json) => Json): Converted =>
  (objects, apiVersion) =>
    objects.map((object) => change({ ...object, apiVersion }))
const withMetadata = (metadata: Json) => each((object) => ({ ...object, metadata: { ...object.metadata, ...metadata } }))

/** What a webhook that converts makes of the objects. */
const conversions: Readonly<Record<string, Converted>> = {
  'convert-well': each((object) => ({ ...object, spec: { ...object.spec, seen: 'yes' } })),
  'convert-to-itself': (objects) => objects,
  'convert-none': () => [],
  'convert-nothing': () => undefined,
  'convert-null': () => [null],
  'convert-text': () => ['x'],
  'convert-empty': () => [{}],
  'convert-more': (objects, to) => [...objects, ...objects].map((object) => ({ ...object, apiVersion: to })),
  'convert-kind': each((object) => ({ ...object, kind: 'Other' })),
  'convert-list': each((object) => ({ ...object, items: [] })),
  'convert-no-metadata': each(({ metadata: _, ...object }) => object),
  'convert-metadata-text': each((object) => ({ ...object, metadata: 'x' })),
  'convert-metadata-empty': each((object) => ({ ...object, metadata: {} })),
  'convert-name': withMetadata({ name: 'other' }),
  'convert-namespace': withMetadata({ namespace: 'other' }),
  'convert-uid': withMetadata({ uid: 'other' }),
  'convert-name-number': withMetadata({ name: 7 }),
  'convert-labels': withMetadata({ labels: { a: 'b' }, annotations: { c: 'd' } }),
  'convert-labels-wrong': withMetadata({ labels: { 'not valid!': 'b' } }),
  'convert-labels-number': withMetadata({ labels: { a: 7 } }),
  'convert-labels-text': withMetadata({ labels: 'x' }),
  'convert-annotations-number': withMetadata({ annotations: { a: 7 } }),
  'convert-the-rest': withMetadata({ generation: 70, finalizers: ['x/y'], ownerReferences: [], deletionTimestamp: null, resourceVersion: '1', labels: null }),
  'convert-prune': each((object) => ({ ...object, spec: { ...object.spec, unknown: 'x', count: 3 } })),
  'convert-invalid': each((object) => ({ ...object, spec: { count: 'three' } })),
  'convert-no-spec': each(({ spec: _, ...object }) => object),
}

/** Answers of one that converts which say that it did not, or are none. */
const conversionReplies: Readonly<Record<string, (review: Json, converted: unknown) => unknown>> = {
  'convert-fails': ({ request }) => ({ response: { uid: request.uid, result: { status: 'Failure', message: 'cannot', code: 409, reason: 'Conflict' } } }),
  'convert-fails-silently': ({ request }) => ({ response: { uid: request.uid, result: { status: 'Failure' } } }),
  'convert-no-result': ({ request }, convertedObjects) => ({ response: { uid: request.uid, convertedObjects } }),
  'convert-other-result': ({ request }, convertedObjects) => ({ response: { uid: request.uid, convertedObjects, result: { status: 'Fine' } } }),
  'convert-wrong-uid': (_, convertedObjects) => ({ response: { uid: 'other', convertedObjects, result: { status: 'Success' } } }),
  'convert-no-uid': (_, convertedObjects) => ({ response: { convertedObjects, result: { status: 'Success' } } }),
  'convert-no-response': () => ({ response: undefined }),
  'convert-null-response': () => ({ response: null }),
  'convert-empty-response': () => ({ response: {} }),
  'convert-other-kind': () => ({ kind: 'Other' }),
  'convert-other-version': () => ({ apiVersion: 'apiextensions.k8s.io/v1beta1' }),
  'convert-no-type': () => ({ kind: undefined, apiVersion: undefined }),
  'convert-objects-text': ({ request }) => ({ response: { uid: request.uid, convertedObjects: 'x', result: { status: 'Success' } } }),
}
const answersOfAll = ['status-500', 'status-500-text', 'status-403', 'status-404', 'status-object', 'empty', 'no-json', 'half-json', 'a-pod', 'reset']
export const conversionBehaviours: readonly string[] = [...Object.keys(conversions), ...Object.keys(conversionReplies), ...answersOfAll]

function convert(name: string, review: Json): Reply {
  const { uid, objects, desiredAPIVersion } = review.request
  const convertedObjects = (conversions[name] ?? conversions['convert-well']!)(objects, desiredAPIVersion)
  const usual = { ...review, request: undefined, response: { uid, convertedObjects, result: { status: 'Success' } } }
  return { text: JSON.stringify({ ...usual, ...(conversionReplies[name]?.(review, convertedObjects) as Json | undefined) }) }
}

export const behaviours: readonly string[] = [...Object.keys(responses), ...Object.keys(replies)]

/** `HOOK` stands for where they are, `STRANGER` for one whose certificate has other names, `NOBODY` for where none is; `CA` for who signed. */
export async function startHooks(): Promise<Companion> {
  const now = Date.now()
  const [caKeys, keys] = [await generateKeys(), await generateKeys()]
  const certificate = await issueCa('webhook-ca', caKeys, now)
  const serverFor = async (names: { readonly dnsNames: readonly string[]; readonly addresses: readonly string[] }): Promise<Server> => {
    const leaf = await issueLeaf({ commonName: 'webhook', ...names, usages: ['server'] } as never, { certificate, key: caKeys.privateKey }, keys.publicKey, now)
    const server = createServer({ key: keys.privateKey, cert: leaf }, (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const reply = answer(new URL(request.url!, 'https://x').pathname.slice(1), JSON.parse(Buffer.concat(chunks).toString() || '{}'))
        if (reply === 'never') return
        if (reply === 'reset') {
          request.socket.destroy()
          return
        }
        response.writeHead(reply.status ?? 200, { 'content-type': reply.type ?? 'application/json', ...reply.headers }).end(reply.text)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  const servers = [
    await serverFor({ dnsNames: ['localhost'], addresses: ['127.0.0.1'] }),
    await serverFor({ dnsNames: ['elsewhere.example'], addresses: ['192.0.2.7'] }),
  ]
  const [hook, stranger] = servers.map((server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const places: Readonly<Record<string, string>> = {
    HOOK: hook!,
    STRANGER: stranger!,
    NOBODY: 'https://127.0.0.1:1',
    CA: Buffer.from(certificate).toString('base64'),
  }
  return {
    fill: (text) => text.replaceAll(/\{\{([A-Z]+)\}\}/g, (_, name: string) => places[name]!),
    async close() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

function answer(name: string, review: Json): Reply {
  if (!review.request) return { status: 400, text: 'asked nothing' }
  const reply = replies[name]
  if (reply) return reply(review)
  if (review.kind === 'ConversionReview') return convert(name, review)
  const response = responses[name] ?? { allowed: true }
  const { kind, apiVersion, request } = review
  return { text: JSON.stringify({ kind, apiVersion, response: { uid: request.uid, ...(typeof response === 'function' ? response(request) : response) } }) }
}

/** Keys in order, as JSON's order means nothing. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'managedFields')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, inOrder(each)]),
  )
}
