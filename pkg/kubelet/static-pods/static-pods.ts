/**
 * All static pods of the node. In: the manifests of files and of a web server. Out: pods for the pod set (a changed manifest is another
 * pod, which waits until the one before has ended), and their mirrors in the API.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import { followFiles } from './file-source.ts'
import { MirrorPods, type MirrorPodsOptions } from './mirror-pods.ts'
import { followUrl } from './url-source.ts'

export interface StaticPodsOptions extends Omit<MirrorPodsOptions, 'statics' | 'node'> {
  readonly nodeName: string
  readonly nodeUid: () => string | undefined
  readonly configuration: CompleteConfiguration
  /** Starts or goes on with a pod. */
  readonly accept: (pod: Pod) => void
  readonly end: (uid: string) => void
  /** Uids of the static pods that have not ended yet. */
  readonly present: (uid: string) => boolean
}

const nameOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`

export class StaticPods {
  readonly mirrors: MirrorPods
  readonly #options: StaticPodsOptions
  readonly #bySource = new Map<'file' | 'http', readonly Pod[]>()
  /** Those that have been given to the pod set and are not known to be gone. */
  readonly #given = new Map<string, Pod>()
  #awaited: number

  constructor(options: StaticPodsOptions) {
    this.#options = options
    const { staticPodPath, staticPodURL } = options.configuration
    this.#awaited = (staticPodPath ? 1 : 0) + (staticPodURL ? 1 : 0)
    const node = () => {
      const uid = options.nodeUid()
      return uid === undefined ? undefined : { name: options.nodeName, uid }
    }
    this.mirrors = new MirrorPods({ ...options, node, statics: () => this.list() })
  }

  /** Every source has been read once: what runs and is in none of them may be ended. */
  get ready(): boolean {
    return this.#bySource.size >= this.#awaited
  }

  list(): Pod[] {
    return [...this.#bySource.values()].flat()
  }

  async run(): Promise<void> {
    const { configuration } = this.#options
    const { staticPodPath, staticPodURL, staticPodURLHeader = {}, fileCheckFrequency, httpCheckFrequency } = configuration
    await Promise.all([
      this.mirrors.run(),
      staticPodPath
        ? followFiles({ ...this.#options, path: staticPodPath, checkMs: ms(fileCheckFrequency), onPods: (pods) => this.#take('file', pods) })
        : undefined,
      staticPodURL
        ? followUrl({
            ...this.#options,
            url: staticPodURL,
            headers: staticPodURLHeader,
            checkMs: ms(httpCheckFrequency),
            onPods: (pods) => this.#take('http', pods),
          })
        : undefined,
    ])
  }

  /** A pod of the set has ended: one that waited for its name may begin. */
  gone(uid: string): void {
    if (this.#given.delete(uid)) this.#sync()
  }

  #take(source: 'file' | 'http', pods: readonly Pod[]): void {
    this.#bySource.set(source, pods)
    this.#sync()
  }

  #sync(): void {
    const { accept, end, present } = this.#options
    const wanted = new Map(this.list().map((pod) => [pod.metadata.uid, pod]))
    for (const uid of this.#given.keys()) if (!wanted.has(uid)) end(uid)
    for (const uid of [...this.#given.keys()]) if (!wanted.has(uid) && !present(uid)) this.#given.delete(uid)
    const taken = new Set([...this.#given.values()].map(nameOf))
    for (const [uid, pod] of wanted) {
      if (this.#given.has(uid) || taken.has(nameOf(pod))) continue
      taken.add(nameOf(pod))
      this.#given.set(uid, pod)
      accept(pod)
    }
    this.mirrors.changed()
  }
}
