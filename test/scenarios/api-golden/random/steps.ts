/** The next write to an object, given what it looks like now: by chance one of all that a client can do to it. */
import type { SeededRandom } from '#base/seeded-random.ts'
import type { Question } from '../types.ts'
import { ordered, isObject, type Json, type JsonObject, type Keys } from './json.ts'
import type { RandomKind } from './kinds.ts'
import { type Bounds, mutated } from './mutate.ts'
import { jsonPatch, mergePatch, partOf, strategicPatch } from './patches.ts'
import { fieldValue } from './values.ts'

export interface Step {
  readonly said: string
  readonly question: Omit<Question, 'key'>
  /** What the answer is: the object itself, or something else, after which one has to look. */
  readonly answers: 'object' | 'other' | 'nothing kept'
}

export interface Scene {
  readonly random: SeededRandom
  readonly kind: RandomKind
  readonly name: string
  /** The version that is spoken at present. */
  readonly apiVersion: string
  /** The object as the server showed it last. */
  readonly live: JsonObject | undefined
}

const managers = ['one', 'two', 'three']
const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}
/** Both servers know who this is. */
const who = { 'impersonate-user': 'ann', 'impersonate-group': 'system:masters', 'user-agent': 'writer/1.0' }

function collectionOf({ kind, apiVersion }: Scene): string {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${prefix}${kind.namespaced ? `/namespaces/${kind.namespace}` : ''}/${kind.plural}`
}

const pathOf = (scene: Scene): string => `${collectionOf(scene)}/${scene.name}`

interface Sent {
  readonly method: Question['method']
  readonly path: string
  readonly body?: Json | string
  readonly type?: keyof typeof types
  readonly said: string
  readonly answers?: Step['answers']
  readonly query?: Readonly<Record<string, string>>
}

/** With what any write may have: a manager, a dry run, how it is validated. */
function write({ random }: Scene, { method, path, body, type, said, answers = 'object', query = {} }: Sent): Step {
  const manager = type === 'apply' && random.chance(0.97) ? random.pick(managers) : random.pick([undefined, ...managers])
  const validation = random.pick([undefined, undefined, undefined, 'Strict', 'Warn', 'Ignore'])
  const isDry = random.chance(0.1)
  const all: Record<string, string> = {
    ...(manager ? { fieldManager: manager } : {}),
    ...(validation ? { fieldValidation: validation } : {}),
    ...(isDry ? { dryRun: 'All' } : {}),
    ...(type === 'apply' && random.chance(0.4) ? { force: 'true' } : {}),
    ...query,
  }
  const text = Object.entries(all)
    .map(([key, value]) => `${key}=${value}`)
    .join('&')
  return {
    said: `${type ?? method} ${said} ${text}`,
    answers: isDry ? 'nothing kept' : answers,
    question: {
      method,
      path: text ? `${path}?${text}` : path,
      ...(body === undefined ? {} : { body }),
      headers: { ...who, ...(type ? { 'content-type': types[type] } : {}) },
    },
  }
}

const boundsOf = ({ kind, apiVersion }: Scene): Bounds => ({ schema: apiVersion === kind.apiVersion ? kind.schema : undefined, untouched: kind.untouched })

/** A good object of the kind, under the scene's name. */
function good({ random, kind, name }: Scene): JsonObject {
  const object = random.pick(kind.objects)
  return { ...object, metadata: { ...(object.metadata as JsonObject), name, ...(kind.namespaced ? { namespace: kind.namespace } : {}) } }
}

function create(scene: Scene): Step {
  const { random, name } = scene
  const object = good(scene)
  const changed = random.chance(0.4) ? mutated(random, object, boundsOf(scene)) : { object, said: '' }
  const answers = 'object'
  if (random.chance(0.25))
    return write(scene, { method: 'PATCH', type: 'apply', path: pathOf(scene), body: changed.object, said: `new ${changed.said}`, answers })
  if (random.chance(0.05)) return write(scene, { method: 'PUT', path: pathOf(scene), body: changed.object, said: `new ${changed.said}`, answers })
  if (random.chance(0.05)) {
    const { name: _, ...metadata } = isObject(changed.object.metadata) ? changed.object.metadata : {}
    return write(scene, {
      method: 'POST',
      path: collectionOf(scene),
      body: { ...changed.object, metadata: { ...metadata, generateName: `${name}-` } },
      said: `generated ${changed.said}`,
      answers: 'other',
      query: { dryRun: 'All' },
    })
  }
  return write(scene, { method: 'POST', path: collectionOf(scene), body: changed.object, said: changed.said, answers })
}

/** What is sent back of the metadata that the server keeps. */
function withKept(random: SeededRandom, object: JsonObject): JsonObject {
  if (!isObject(object.metadata)) return object
  const { resourceVersion, uid, managedFields, ...metadata } = object.metadata
  const kept: JsonObject = { ...metadata }
  if (resourceVersion !== undefined && random.chance(0.6)) kept.resourceVersion = random.chance(0.04) ? '1' : resourceVersion
  if (uid !== undefined && random.chance(0.8)) kept.uid = random.chance(0.03) ? '11111111-2222-3333-4444-555555555555' : uid
  if (managedFields !== undefined && random.chance(0.6)) kept.managedFields = random.chance(0.12) ? random.pick<Json>([[], [{}], null]) : managedFields
  return { ...object, metadata: kept }
}

function put(scene: Scene, live: JsonObject): Step {
  const { random } = scene
  const source = scene.apiVersion === scene.kind.apiVersion && random.chance(0.25) ? good(scene) : live
  const { object, said } = random.chance(0.95) ? mutated(random, source, boundsOf(scene)) : { object: source, said: 'as it is' }
  return write(scene, { method: 'PUT', path: pathOf(scene), body: withKept(random, object), said })
}

function merge(scene: Scene, live: JsonObject): Step {
  const { random } = scene
  const { object, said } = mutated(random, live, boundsOf(scene))
  const patch = mergePatch(live, object)
  if (random.chance(0.05))
    patch.metadata = {
      ...(isObject(patch.metadata) ? patch.metadata : {}),
      ...random.pick<JsonObject>([
        { managedFields: null },
        { managedFields: [{}] },
        { uid: 'x' },
        { resourceVersion: '1' },
        { name: 'x' },
        { finalizers: null },
      ]),
    }
  return write(scene, { method: 'PATCH', type: 'merge', path: pathOf(scene), body: patch, said })
}

function json(scene: Scene, live: JsonObject): Step {
  const body = jsonPatch(scene.random, live, boundsOf(scene))
  return write(scene, { method: 'PATCH', type: 'json', path: pathOf(scene), body, said: saidOf(body) })
}

/** Without the values that each server has of its own. */
function cleanedOfServer(text: string): string {
  return text.replaceAll(/"(uid|resourceVersion|creationTimestamp|time)":"[^"]*"/g, '"$1":"…"')
}

function saidOf(patch: Json): string {
  const text = cleanedOfServer(JSON.stringify(ordered(patch)))
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

function strategic(scene: Scene, live: JsonObject): Step {
  const { schema, ...bounds } = boundsOf(scene)
  if (!schema) return merge(scene, live)
  const body = strategicPatch(scene.random, live, { ...bounds, schema })
  return write(scene, { method: 'PATCH', type: 'strategic', path: pathOf(scene), body, said: saidOf(body) })
}

function apply(scene: Scene, live: JsonObject): Step {
  const { random } = scene
  const isOwn = scene.apiVersion === scene.kind.apiVersion
  const source = isOwn && random.chance(0.4) ? good(scene) : live
  return applied(scene, source, pathOf(scene), boundsOf(scene))
}

function applied(scene: Scene, source: JsonObject, path: string, bounds: Bounds): Step {
  const { random, name } = scene
  const { apiVersion, kind, metadata, ...rest } = source
  const { labels, annotations, finalizers, ownerReferences, resourceVersion } = metadata as JsonObject
  const some = (key: string, value: Json | undefined): JsonObject => (value === undefined || random.chance(0.5) ? {} : { [key]: value })
  const part = partOf(random, rest, bounds.schema, 0.85) as JsonObject
  if (random.chance(0.7)) delete part.status
  const base: JsonObject = {
    apiVersion: apiVersion!,
    kind: kind!,
    metadata: {
      name,
      ...some('labels', labels),
      ...some('annotations', annotations),
      ...some('finalizers', finalizers),
      ...some('ownerReferences', ownerReferences),
      ...(resourceVersion !== undefined && random.chance(0.05) ? { resourceVersion } : {}),
    },
    ...part,
  }
  const { object, said } = random.chance(0.7) ? mutated(random, base, bounds) : { object: base, said: 'a part' }
  return write(scene, { method: 'PATCH', type: 'apply', path, body: object, said })
}

/** Which part of an object a door is for. */
const focuses: Readonly<Record<string, (keys: Keys) => boolean>> = {
  status: ([first]) => first === 'status',
  approval: ([first, second]) => first === 'status' && (second === undefined || second === 'conditions'),
  finalize: ([first, second]) => first === 'spec' && (second === undefined || second === 'finalizers'),
  resize: ([first, second, , fourth]) =>
    first === 'spec' &&
    (second === undefined || /ontainers$|^resources$/.test(String(second))) &&
    (fourth === undefined || fourth === 'resources' || fourth === 'resizePolicy'),
  ephemeralcontainers: ([first, second]) => first === 'spec' && (second === undefined || second === 'ephemeralContainers'),
}

function door(scene: Scene, live: JsonObject): Step {
  const { random, kind } = scene
  const doors = kind.subresources.filter((each) => each !== 'scale')
  const name = random.pick(doors)
  const path = `${pathOf(scene)}/${name}`
  const bounds = boundsOf(scene)
  const within = focuses[name]
  const narrow = within && random.chance(0.85) ? { ...bounds, within } : bounds
  const source = furnished(scene, name, live)
  const chosen = random.below(10)
  if (chosen < 4) {
    const { object, said } = mutated(random, source, narrow)
    return write(scene, { method: 'PUT', path, body: withKept(random, object), said: `${name} ${said}` })
  }
  if (chosen < 6) {
    const { object, said } = mutated(random, source, narrow)
    return write(scene, { method: 'PATCH', type: 'merge', path, body: mergePatch(live, object), said: `${name} ${said}` })
  }
  if (chosen < 7) {
    const body = jsonPatch(random, live, narrow)
    return write(scene, { method: 'PATCH', type: 'json', path, body, said: `${name} ${saidOf(body)}` })
  }
  if (chosen < 8 && bounds.schema) {
    const body = strategicPatch(random, source, { ...narrow, schema: bounds.schema })
    return write(scene, { method: 'PATCH', type: 'strategic', path, body, said: `${name} ${saidOf(body)}` })
  }
  const step = applied(scene, source, path, narrow)
  return { ...step, said: `${name} ${step.said}` }
}

/** The object with something in the part that the door is for. */
function furnished({ random, kind }: Scene, name: string, live: JsonObject): JsonObject {
  const { schema } = kind
  if (name === 'status' || name === 'approval') {
    const known = kind.objects.filter((each) => isObject(each.status))
    if (!schema) return random.chance(0.4) && known.length > 0 ? { ...live, status: random.pick(known).status! } : live
    const field = schema.byName.get('status')
    return field && (!isObject(live.status) || Object.keys(live.status).length < 2 || random.chance(0.4))
      ? { ...live, status: fieldValue(random, schema, field) }
      : live
  }
  if (name === 'ephemeralcontainers' && isObject(live.spec) && random.chance(0.6)) {
    const there = Array.isArray(live.spec.ephemeralContainers) ? live.spec.ephemeralContainers : []
    return { ...live, spec: { ...live.spec, ephemeralContainers: [...there, { name: `debug${there.length}`, image: 'debug:1' }] } }
  }
  if (name === 'resize' && isObject(live.spec) && Array.isArray(live.spec.containers) && random.chance(0.7)) {
    const resources = random.pick<JsonObject>([
      { requests: { cpu: '1' } },
      { requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
      { limits: { memory: '1Gi' } },
      {},
      { limits: { 'example.com/gpu': '2' } },
    ])
    return {
      ...live,
      spec: { ...live.spec, containers: live.spec.containers.map((each, index) => (index === 0 && isObject(each) ? { ...each, resources } : each)) },
    }
  }
  return live
}

function scale(scene: Scene, live: JsonObject): Step {
  const { random, kind, name } = scene
  const path = `${pathOf(scene)}/scale`
  const { resourceVersion, uid } = live.metadata as JsonObject
  const object: JsonObject = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name,
      ...(kind.namespaced ? { namespace: kind.namespace } : {}),
      ...(random.chance(0.3) ? { resourceVersion: resourceVersion! } : {}),
      ...(random.chance(0.2) ? { uid: uid! } : {}),
    },
    spec: { replicas: random.below(6) },
    ...(random.chance(0.2) ? { status: { replicas: 1, selector: 'a=b' } } : {}),
  }
  const { object: body, said } = random.chance(0.3)
    ? mutated(random, object, { schema: undefined, untouched: [] })
    : { object, said: JSON.stringify(object.spec) }
  const answers = 'other'
  switch (random.below(4)) {
    case 0:
      return write(scene, { method: 'PUT', path, body, said: `scale ${said}`, answers })
    case 1:
      return write(scene, {
        method: 'PATCH',
        type: random.chance(0.5) ? 'merge' : 'strategic',
        path,
        body: { spec: body.spec ?? null },
        said: `scale ${said}`,
        answers,
      })
    case 2:
      return write(scene, {
        method: 'PATCH',
        type: 'json',
        path,
        body: [{ op: random.pick(['replace', 'add', 'remove', 'test']), path: '/spec/replicas', value: random.pick<Json>([2, 0, -1, null, 'x']) }],
        said: 'scale',
        answers,
      })
    default:
      return write(scene, { method: 'PATCH', type: 'apply', path, body, said: `scale ${said}`, answers })
  }
}

function remove(scene: Scene, live: JsonObject): Step {
  const { random } = scene
  const { resourceVersion, uid } = live.metadata as JsonObject
  const preconditions: JsonObject = {
    ...(random.chance(0.4) ? { uid: random.chance(0.6) ? uid! : 'other' } : {}),
    ...(random.chance(0.4) ? { resourceVersion: random.chance(0.6) ? resourceVersion! : '1' } : {}),
  }
  const options: JsonObject = {
    ...(random.chance(0.5) ? { apiVersion: 'v1', kind: 'DeleteOptions' } : {}),
    ...(random.chance(0.5) ? { preconditions } : {}),
    ...(random.chance(0.4) ? { propagationPolicy: random.pick(['Foreground', 'Background', 'Orphan', 'x']) } : {}),
    ...(random.chance(0.3) ? { gracePeriodSeconds: random.pick([0, 1, 30, -1]) } : {}),
    ...(random.chance(0.1) ? { orphanDependents: random.chance(0.5) } : {}),
    ...(random.chance(0.2) ? { dryRun: ['All'] } : {}),
  }
  return write(scene, { method: 'DELETE', path: pathOf(scene), body: options, said: JSON.stringify(Object.keys(options)), answers: 'other' })
}

/** Metadata by itself, where finalizers and owners are. */
function metadata(scene: Scene): Step {
  const { random } = scene
  const body: JsonObject = {
    metadata: random.pick<JsonObject>([
      { finalizers: ['example.com/a'] },
      { finalizers: ['example.com/a', 'example.com/b'] },
      { finalizers: null },
      { finalizers: [] },
      { finalizers: ['foregroundDeletion', 'orphan'] },
      { labels: { a: 'b', c: null } },
      { labels: null, annotations: { x: '' } },
      { annotations: null },
      { labels: {} },
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '11111111-2222-3333-4444-555555555555', controller: true }] },
      { ownerReferences: null },
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'b', uid: '11111111-2222-3333-4444-555555555556' }] },
      { generation: 9 },
      { deletionTimestamp: '2024-01-02T03:04:05Z' },
      { deletionGracePeriodSeconds: 5 },
      { creationTimestamp: null },
      { generateName: 'x' },
    ]),
  }
  const type = scene.kind.schema && random.chance(0.5) ? 'strategic' : 'merge'
  return write(scene, { method: 'PATCH', type, path: pathOf(scene), body, said: saidOf(body) })
}

const look = (scene: Scene): Step => ({ said: 'GET', answers: 'object', question: { method: 'GET', path: pathOf(scene), headers: who } })

/** Pods and service accounts have what is only posted. */
function posted(scene: Scene): Step | undefined {
  const { random, kind, name } = scene
  const metadata = { name, namespace: kind.namespace }
  if (kind.kind === 'Pod') {
    if (random.chance(0.5))
      return write(scene, {
        method: 'POST',
        path: `${pathOf(scene)}/binding`,
        body: {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { ...metadata, ...(random.chance(0.3) ? { labels: { 'topology.kubernetes.io/zone': 'z' }, annotations: { a: 'b' } } : {}) },
          target: { kind: 'Node', name: random.pick(['one', 'two', 'A_b']) },
        },
        said: 'binding',
        answers: 'other',
      })
    return write(scene, {
      method: 'POST',
      path: `${pathOf(scene)}/eviction`,
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata },
      said: 'eviction',
      answers: 'other',
    })
  }
  return undefined
}

type Maker = (scene: Scene, live: JsonObject) => Step | undefined
const makers: readonly (readonly [number, Maker, ((kind: RandomKind) => boolean)?])[] = [
  [6, put],
  [4, merge],
  [4, json],
  [5, strategic, ({ schema }) => schema !== undefined],
  [7, apply],
  [5, door, ({ subresources }) => subresources.some((each) => each !== 'scale')],
  [2, scale, ({ subresources }) => subresources.includes('scale')],
  [1, remove],
  [2, metadata],
  [1, posted, ({ kind }) => kind === 'Pod'],
]

export function nextStep(scene: Scene, mustLook: boolean): Step {
  const { random, kind, live } = scene
  if (mustLook) return look(scene)
  if (!live) return create(scene)
  const open = makers.filter(([, , applies]) => applies?.(kind) ?? true)
  let left = random.next() * open.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, make] of open) {
    left -= weight
    if (left < 0) return make(scene, live) ?? look(scene)
  }
  return look(scene)
}
