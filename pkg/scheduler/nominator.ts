/** Pods for which room was made on a node and that are not bound there yet (upstream's nominator). */
import type { PodInfo } from './state/pod-info.ts'

const nobody: readonly PodInfo[] = []

export class Nominator {
  readonly #byNode = new Map<string, Map<string, PodInfo>>()
  readonly #nodeOf = new Map<string, string>()

  get isEmpty(): boolean {
    return this.#nodeOf.size === 0
  }

  set(pod: PodInfo, nodeName: string): void {
    this.delete(pod.key)
    this.#nodeOf.set(pod.key, nodeName)
    const there = this.#byNode.get(nodeName)
    if (there) there.set(pod.key, pod)
    else this.#byNode.set(nodeName, new Map([[pod.key, pod]]))
  }

  delete(key: string): void {
    const name = this.#nodeOf.get(key)
    if (name === undefined) return
    this.#nodeOf.delete(key)
    const there = this.#byNode.get(name)
    there?.delete(key)
    if (there?.size === 0) this.#byNode.delete(name)
  }

  nodeOf(key: string): string | undefined {
    return this.#nodeOf.get(key)
  }

  on(nodeName: string): readonly PodInfo[] {
    const there = this.#byNode.get(nodeName)
    return there ? [...there.values()] : nobody
  }
}
