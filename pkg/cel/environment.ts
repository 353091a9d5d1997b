/** A CEL environment: the language, Kubernetes' extension libraries, and a meter on every step. */
import { Environment } from '@marcbachmann/cel-js'
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
  readonly op: string
  evaluate(evaluator: Evaluator, node: Step, context: unknown): unknown
}

/** What may make texts and lists that were not there before. */
const makers: ReadonlySet<string> = new Set(['call', 'rcall', '+'])
const maxMs = 2000
const stepsBetweenLooks = 2048

/** What the evaluation that is running may still spend. */
export class Meter {
  #budget: Budget = { left: 0 }
  #callLimit = 0
  #deadline = 0
  #steps = 0

  begin(budget: Budget, callLimit: number): void {
    this.#budget = budget
    this.#callLimit = callLimit
    this.#deadline = performance.now() + maxMs
  }

  /** What a call has made: upstream counts going through it. */
  made(result: unknown): void {
    if (typeof result === 'string') this.#spend(Math.floor(result.length / 10))
    else if (Array.isArray(result)) this.#spend(result.length)
  }

  #spend(cost: number): void {
    this.#budget.left -= cost
    this.#callLimit -= cost
  }

  step(): void {
    if (--this.#budget.left < 0 || --this.#callLimit < 0) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
    // Steps over long texts take longer than others: time is bounded too.
    if (++this.#steps % stepsBetweenLooks === 0 && performance.now() > this.#deadline)
      throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
  }
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
        const result = node.evaluate(this, node, context)
        if (makers.has(node.op)) meter.made(result)
        return result
      }
      return true
    },
  })) as never)
  environment.evaluate('k8sMeter(true)')
  return { environment, meter, hasBindings: options.bindings === true }
}
