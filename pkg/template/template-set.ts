/** A set of templates that know one another by name: Go's template.Template with its associates. */
import { builtinFunctions } from './functions/builtin.ts'
import { execute, type Output, type Surroundings } from './exec/execute.ts'
import { isEmptyTree, type Tree } from './parse/nodes.ts'
import { parse } from './parse/parse.ts'
import { quote } from './print/quote.ts'
import type { Functions, TemplateOptions, Value } from './types.ts'

const defaultMaxOutputLength = 256 * 1024 * 1024

export class TemplateSet {
  readonly #options: TemplateOptions
  readonly #functions: Functions
  readonly #trees: Map<string, Tree>
  readonly #surroundings: Surroundings

  constructor(options: TemplateOptions, trees: ReadonlyMap<string, Tree> = new Map()) {
    this.#options = options
    this.#functions = options.functions
    this.#trees = new Map(trees)
    this.#surroundings = {
      tree: (name) => this.#trees.get(name),
      function: (name) => {
        const own = this.#functions.get(name)
        if (own) return { function: own, isBuiltin: false }
        const builtin = builtinFunctions.get(name)
        return builtin && { function: builtin, isBuiltin: true }
      },
      missingKey: options.missingKey ?? 'default',
      maxOutputLength: options.maxOutputLength ?? defaultMaxOutputLength,
    }
  }

  /**
   * Adds the text as template `name`, and what it defines, and gives its own tree. Throws ParseError. An empty one
   * replaces none in the set, but can be executed by its tree.
   */
  parse(name: string, text: string): Tree {
    const trees = parse(name, text, (each) => this.#functions.has(each) || builtinFunctions.has(each))
    for (const [each, tree] of trees) {
      if (!this.#trees.has(each) || !isEmptyTree(tree.root)) this.#trees.set(each, tree)
    }
    return trees.get(name)!
  }

  has(name: string): boolean {
    return this.#trees.has(name)
  }

  /** A copy that shares the trees parsed so far, with functions of its own. */
  clone(functions: Functions): TemplateSet {
    return new TemplateSet({ ...this.#options, functions }, this.#trees)
  }

  /** What the template writes with data as dot. Throws ExecError. `output` keeps what was written before an error. */
  execute(name: string, data: Value, output: Output = { text: '' }, setName = name): string {
    const tree = this.#trees.get(name)
    if (!tree) throw new Error(`template: no template ${quote(name)} associated with template ${quote(setName)}`)
    execute(name, tree, this.#surroundings, data, output)
    return output.text
  }

  /** As execute, of a tree that parse gave. */
  executeTree(tree: Tree, data: Value, output: Output = { text: '' }): string {
    execute(tree.name, tree, this.#surroundings, data, output)
    return output.text
  }
}
