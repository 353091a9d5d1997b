/** What the parts of the validator hand to each other. */
import type { Draft } from './metaschemas.ts'

export type Schema = Record<string, unknown>

/** Where a value stands: the names and indexes that lead to it. */
export type Place = readonly string[]

export interface Failure {
  readonly at: Place
  readonly message: string
  readonly causes: readonly Failure[]
  /** Several faults of one schema, and what a reference leads to; only the latter is skipped over when it has one cause. */
  readonly kind?: 'group' | 'reference'
}

export interface Result {
  failures: Failure[]
  /** What unevaluatedProperties and unevaluatedItems leave alone. */
  readonly properties: Set<string>
  items: number
}

/** One schema held against one value: what the keywords read, and where they write. */
export interface Look {
  readonly rules: Schema
  readonly draft: Draft
  readonly at: Place
  readonly result: Result
  fail(message: string, causes?: readonly Failure[], where?: Place): void
  /** Holds a part against a part; several faults come as one group. */
  apply(schema: unknown, value: unknown, at: Place): Result
}

/** Thrown for a schema that cannot be used; its message is all that Helm tells. */
export class SchemaError extends Error {}

export const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)
