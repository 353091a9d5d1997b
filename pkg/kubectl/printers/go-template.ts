/** -o go-template: says so, until the project's template engine is here. */
import { CommandError } from '../errors.ts'
import type { PrintObject } from './index.ts'

export function compileTemplate(_template: string): PrintObject {
  throw new CommandError('error: the output format "go-template" is not supported by this kubectl; use jsonpath or custom-columns')
}
