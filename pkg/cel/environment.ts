/** A CEL environment: the language, Kubernetes' extension libraries, and a meter on every step. */
import { Environment } from '@marcbachmann/cel-js'
import { type Plan, planOf, type SpentState } from './cost/spent.ts'
import { registerCidr, registerIp, registerNet } from './library/ip.ts'
import { registerComprehensions } from './library/comprehensions.ts'
import { registerFormats } from './library/format.ts'
import { registerLists } from './library/lists.ts'
import { registerQuantity } from './library/quantity.ts'
import { registerRegex } from './library/regex.ts'
import { registerSemver } from './library/semver.ts'
import { registerSets } from './library/sets.ts'
import { registerStrings } from './library/strings.ts'
import { registerUrl } from './library/url.ts'
import { type Budget, CelBudgetError } from './types.ts'

/** The evaluator inside the library, as far as it is touched here: every step goes through `run`. */
interface Evaluator {
  run(node: Step, context: unknown): unknown
}
interface Step {
  evaluate(evaluator: Evaluator, node: Step, context: unknown): unknown
}

const maxMs = 2000
const stepsBetweenLooks = 2048

interface Frame {
  readonly state: SpentState
  readonly budget: Budget
  callLimit: number
}

const emptyState = (): SpentState => ({ values: [], spent: [], counts: [] })

/** What the evaluation that is running may still spend, in upstream's units (`cost/spent.ts`). */
export class Meter {
  #frame: Frame = { state: emptyState(), budget: { left: 0 }, callLimit: 0 }
  #deadline = 0
  #steps = 0
  #depth = 0

  /** Answers what to `end` with: an expression may have a variable evaluated by another one. */
  begin(budget: Budget, callLimit: number): Frame {
    const outer = this.#frame
    this.#frame = { state: emptyState(), budget, callLimit }
    if (this.#depth++ === 0) this.#deadline = performance.now() + maxMs
    return outer
  }

  end(outer: Frame): void {
    this.#frame = outer
    this.#depth--
  }

  /** An expression is being evaluated, of which another is a part. */
  get isRunning(): boolean {
    return this.#depth > 0
  }

  get state(): SpentState {
    return this.#frame.state
  }

  /** Goes down. */
  get left(): number {
    return this.#frame.callLimit
  }

  spend(cost: number): void {
    const frame = this.#frame
    frame.callLimit -= cost
    frame.budget.left -= cost
    if (frame.budget.left < 0 || frame.callLimit < 0) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
  }

  step(): void {
    // Steps over long texts take longer than others: time is bounded too.
    if (++this.#steps % stepsBetweenLooks === 0 && performance.now() > this.#deadline)
      throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
  }
}

/** Called before and after each node; apart, so that nothing is made for a step. */
export function begin(meter: Meter, plan: Plan): number {
  const { counts } = meter.state
  if (plan.counter !== undefined) counts[plan.counter] = (counts[plan.counter] ?? 0) + 1
  if (plan.resets !== undefined) counts[plan.resets] = counts[plan.resets + 1] = 0
  return meter.left
}

export function finish(meter: Meter, plan: Plan, before: number, result: unknown): void {
  const { state } = meter
  if (plan.counter !== undefined && result === true) state.counts[plan.counter + 1] = (state.counts[plan.counter + 1] ?? 0) + 1
  const cost = plan.finish ? plan.fixed + plan.finish(state, result) : plan.fixed
  if (cost > 0) meter.spend(cost)
  if (plan.slot !== undefined) state.values[plan.slot] = result
  if (plan.spentSlot !== undefined) state.spent[plan.spentSlot] = before - meter.left
}

let shared: Environment | undefined

/** Made when it is first needed: a server that starts has no expressions yet. */
function base(): Environment {
  if (shared) return shared
  shared = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
  for (const register of [
    registerStrings,
    registerRegex,
    registerLists,
    registerComprehensions,
    registerSets,
    registerQuantity,
    registerUrl,
    registerIp,
    registerCidr,
    registerNet,
    registerSemver,
    registerFormats,
  ]) {
    register(shared)
  }
  return shared
}

export interface MeteredEnvironment {
  readonly environment: Environment
  readonly meter: Meter
  /** Whether there is `cel.bind`, cel-go's ext.Bindings: upstream has it for device selectors alone. */
  readonly hasBindings: boolean
}

/** An environment of its own with the given variables; `extend` adds what only some uses have. */
export function createEnvironment(
  variables: Readonly<Record<string, string>>,
  extend?: (environment: Environment) => void,
  options: { readonly bindings?: boolean } = {},
): MeteredEnvironment {
  const environment = base().clone()
  extend?.(environment)
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
  const meter = new Meter()
  // The library has no hook for cost: a macro of ours is handed the evaluator, whose `run` is put on the meter.
  environment.registerFunction('k8sMeter(ast): bool', (() => ({
    async: false,
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('bool'),
    evaluate: (evaluator: Evaluator) => {
      evaluator.run = function (node, context) {
        meter.step()
        const plan = planOf(node)
        if (!plan) return node.evaluate(this, node, context)
        const before = begin(meter, plan)
        const result = node.evaluate(this, node, context)
        finish(meter, plan, before, result)
        return result
      }
      return true
    },
  })) as never)
  environment.evaluate('k8sMeter(true)')
  return { environment, meter, hasBindings: options.bindings === true }
}
