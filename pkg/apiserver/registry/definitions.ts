/** The kinds served now. Kinds may come and go while the server runs (custom resources). */
import type { ResourceDefinition } from '#api/types.ts'

export function definitionKey(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`
}

export class DefinitionTable {
  readonly #byKey = new Map<string, ResourceDefinition>()
  readonly #listeners = new Set<() => void>()
  #generation = 0

  /** Rises with every change; what is built from the table is built anew then. */
  get generation(): number {
    return this.#generation
  }

  add(definition: ResourceDefinition): void {
    this.#byKey.set(definitionKey(definition.group, definition.version, definition.plural), definition)
    this.#changed()
  }

  remove(group: string, version: string, plural: string): void {
    if (this.#byKey.delete(definitionKey(group, version, plural))) this.#changed()
  }

  get(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#byKey.get(definitionKey(group, version, plural))
  }

  byKind(group: string, version: string, kind: string): ResourceDefinition | undefined {
    for (const definition of this.#byKey.values()) {
      if (definition.kind === kind && definition.group === group && definition.version === version) return definition
    }
    return undefined
  }

  all(): ResourceDefinition[] {
    return [...this.#byKey.values()]
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.all().some((each) => each.group === group && each.version === version)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    this.#generation++
    for (const listener of this.#listeners) listener()
  }
}
