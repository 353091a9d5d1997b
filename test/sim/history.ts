/** Every change in the order in which the server made it, as a watcher in no trouble sees it; the state after each. */
import { createHash } from 'node:crypto'
import { type KubeObject, keyOf, type ResourceRef } from '#apimachinery/object.ts'
import type { Clock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { CachedInformer } from '#client/informer.ts'
import type { Client } from '#client/types.ts'

/** The cluster after a change. */
export interface View {
  all<T extends KubeObject>(of: ResourceRef<T>): readonly T[]
  get<T extends KubeObject>(of: ResourceRef<T>, namespace: string | undefined, name: string): T | undefined
  /** Of any kind that is watched. */
  byUid(uid: string): KubeObject | undefined
  isWatched(kind: string): boolean
  everything(): Iterable<readonly [of: ResourceRef, object: KubeObject]>
}

export interface Step {
  readonly verb: 'add' | 'update' | 'delete'
  readonly of: ResourceRef
  readonly object: KubeObject
  /** What it was before. */
  readonly before?: KubeObject
}

/** Throws when the step, or the state after it, must not be. */
export type Invariant = (step: Step, view: View) => void

export interface History {
  readonly view: View
  /** Of all steps: two runs of one seed have the same. */
  digest(): string
  readonly length: number
  /** The last steps, for a reader. */
  tail(count: number): readonly string[]
}

const keptLines = 200

export async function recordHistory(
  client: Client,
  resources: readonly ResourceRef<any>[],
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly onStep: (step: Step, view: View) => void },
): Promise<History> {
  const { clock, signal, onStep } = options
  const hash = createHash('sha256')
  const lines: string[] = []
  const begin = clock.now()
  let length = 0
  const informers = new Map(resources.map((of) => [of.plural, new CachedInformer<KubeObject>(client, of, {}, { clock, log: silentLogger, random: () => 0.5 })]))
  const view: View = {
    all: (of) => (informers.get(of.plural)?.list() ?? []) as readonly any[],
    get: (of, namespace, name) => informers.get(of.plural)?.get(namespace, name) as any,
    byUid(uid) {
      for (const [, object] of view.everything()) if (object.metadata.uid === uid) return object
      return undefined
    },
    isWatched: (kind) => resources.some((of) => of.kind === kind),
    *everything() {
      for (const informer of informers.values()) for (const object of informer.list()) yield [informer.resource, object]
    },
  }
  const note = (step: Step): void => {
    const line = `${((clock.now() - begin) / 1000).toFixed(3)}s ${step.verb} ${step.of.plural} ${keyOf(step.object)} @${step.object.metadata.resourceVersion}`
    hash.update(`${line}\n`)
    length++
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
    onStep(step, view)
  }
  for (const informer of informers.values()) {
    const of = informer.resource
    informer.addHandler({
      onAdd: (object) => note({ verb: 'add', of, object }),
      onUpdate: (before, object) => note({ verb: 'update', of, object, before }),
      onDelete: (object) => note({ verb: 'delete', of, object, before: object }),
    })
    void informer.run(signal)
  }
  await Promise.all([...informers.values()].map((informer) => informer.synced))
  return {
    view,
    digest: () => hash.copy().digest('hex'),
    get length() {
      return length
    },
    tail: (count) => lines.slice(-count),
  }
}
