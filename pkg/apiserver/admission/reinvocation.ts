/**
 * Whether all mutating plugins run once more over a write, and which webhooks and policies take part then: what was added late must
 * be seen by the plugins before (defaults of a container that a webhook added). Upstream: pkg/admission/reinvocation.go.
 */
import { semanticEqual } from '#api/semantic-equal.ts'
import type { KubeObject } from '#apimachinery/object.ts'

/** What one plugin remembers of its first round. */
export class Rounds {
  #before = new Set<string>()
  readonly #again = new Set<string>()
  #output: KubeObject | undefined

  /** Those that ran and asked to, run again: the object is not what it was. */
  changed(): void {
    for (const each of this.#before) this.#again.add(each)
    this.#before = new Set()
  }

  /** It ran, and is to run again after a change. */
  ran(id: string): void {
    this.#before.add(id)
  }

  runsAgain(id: string): boolean {
    return this.#again.has(id)
  }

  left(object: KubeObject | undefined): void {
    this.#output = structuredClone(object)
  }

  isChangedSince(object: KubeObject | undefined): boolean {
    return !semanticEqual(this.#output, object)
  }
}

export interface Reinvocation {
  /** The second round. */
  isAgain: boolean
  isWanted: boolean
  readonly plugins: Map<string, Rounds>
}

export function newReinvocation(): Reinvocation {
  return { isAgain: false, isWanted: false, plugins: new Map() }
}

/** The plugin's own memory, told what other plugins did between its rounds. */
export function roundsOf(reinvocation: Reinvocation, plugin: string, object: KubeObject | undefined): Rounds {
  let rounds = reinvocation.plugins.get(plugin)
  if (!rounds) {
    rounds = new Rounds()
    reinvocation.plugins.set(plugin, rounds)
  }
  if (reinvocation.isAgain && rounds.isChangedSince(object)) rounds.changed()
  return rounds
}
