/** An object on its way through a build, with what it was called before. */
import { cloneJson } from '#apimachinery/json-value.ts'
import { idOf, type ResId } from './res-id.ts'

export type Behavior = 'unspecified' | 'create' | 'replace' | 'merge'

export class Resource {
  /** Empty once a patch has deleted it. */
  object: any
  /** Former ids, the first as it was read. */
  readonly previous: ResId[] = []
  /** Prefixes and suffixes put on, in order: two objects of one former name are told apart by them. */
  prefixes: string[] = []
  suffixes: string[] = []
  behavior: Behavior = 'unspecified'
  needsHash = false
  /** Helm has put it into its namespace. */
  isFromChart = false
  /** Variables that read a field of this object. */
  readonly variables: string[] = []
  origin: Readonly<Record<string, string>> | undefined
  /** Set on a patch: the target takes its name, or kind, from the patch. */
  allowNameChange = false
  allowKindChange = false

  constructor(object: any) {
    this.object = object
  }

  get id(): ResId {
    return idOf(this.object)
  }

  get originalId(): ResId {
    return this.previous[0] ?? this.id
  }

  /** Every id that it has or had. */
  get ids(): ResId[] {
    return [...this.previous, this.id]
  }

  get name(): string {
    return this.id.name
  }

  get isDeleted(): boolean {
    return Object.keys(this.object).length === 0
  }

  rememberId(): void {
    this.previous.push(this.id)
  }

  rename(name: string): void {
    this.object.metadata = { ...this.object.metadata, name }
  }

  copy(): Resource {
    const copy = new Resource(cloneJson(this.object))
    copy.previous.push(...this.previous)
    copy.prefixes = [...this.prefixes]
    copy.suffixes = [...this.suffixes]
    copy.behavior = this.behavior
    copy.needsHash = this.needsHash
    copy.isFromChart = this.isFromChart
    copy.variables.push(...this.variables)
    copy.origin = this.origin
    copy.allowNameChange = this.allowNameChange
    copy.allowKindChange = this.allowKindChange
    return copy
  }
}

export function labelsOf(object: any): Record<string, string> {
  return object.metadata?.labels ?? {}
}

export function annotationsOf(object: any): Record<string, string> {
  return object.metadata?.annotations ?? {}
}
