/** CEL as Kubernetes uses it: expressions compiled once, evaluated within a budget. */
import type { CelType } from './decl-type.ts'

/** What may be spent; shared by the expressions of one request. In upstream's units. */
export interface Budget {
  left: number
}

export interface CelProgram {
  readonly expression: string
  /** Throws CelError; the budget pays for what is done. The result is a promise only where a function asks elsewhere. */
  evaluate(variables: Readonly<Record<string, unknown>>, budget: Budget): unknown
  /** Whether the expression names the variable. */
  mentions(variable: string): boolean
  /** Whether the expression selects a field of the variable itself: `claims.email`, `claims.?email`, `has(claims.email)`. */
  selects(variable: string, field: string): boolean
  /** "bool", "string", "list" …; "dyn" where it is not known before evaluation. */
  readonly type: string
  /** The type of what it gives; where schemas of its variables are known. */
  readonly resultType?: CelType
  /** The most that one evaluation can cost, in upstream's units; where schemas of its variables are known. */
  readonly maxCost?: number
}

/** Upstream's limits: of one expression, and of all the rules on one object. */
export const perCallLimit = 1_000_000
export const perObjectLimit = 10_000_000

export class CelError extends Error {
  override readonly name = 'CelError'
}

/** The expression does not compile; the message says where. */
export class CelCompileError extends CelError {}

/** What an expression asks must be answered elsewhere first; then it is evaluated once more. */
export class CelPending extends CelError {
  readonly answered: Promise<unknown>
  constructor(answered: Promise<unknown>) {
    super('not answered yet')
    this.answered = answered
  }
}

/** More was to be done than the budget allows. */
export class CelBudgetError extends CelError {}
