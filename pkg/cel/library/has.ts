/** has(a.b): the library takes only names before the last field; upstream any expression, as has(self.list[0].a). */
import { type ASTNode, Optional } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

interface Macros {
  setMeta(name: 'macro', macro: object): void
}
interface Checker {
  getType(name: string): unknown
  check(node: ASTNode, context: unknown): unknown
  createError(code: string, message: string, node: ASTNode): Error
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}

export function replaceHas(node: ASTNode & { op: 'call' }): void {
  const [, args] = node.args
  const [path] = args
  if (args.length !== 1 || !path) return
  ;(node as unknown as Macros).setMeta('macro', {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      if (path.op !== '.') throw checker.createError('invalid_macro_argument', 'invalid argument to has() macro', path)
      checker.check(path.args[0], context)
      return checker.getType('bool')
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
      if (path.op !== '.') return false
      const [object, name] = path.args
      return hasField(evaluator.run(object, context), name)
    },
  })
}

function hasField(object: unknown, name: string): boolean {
  if (object instanceof Optional) return object.hasValue() && hasField(object.value(), name)
  if (object instanceof Map) return object.get(name) !== undefined
  if (typeof object === 'object' && object !== null && [Object.prototype, null].includes(Object.getPrototypeOf(object)))
    return Object.hasOwn(object, name) && (object as Record<string, unknown>)[name] !== undefined
  throw new CelError('no such overload')
}
