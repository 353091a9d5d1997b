/** kubectl's -o go-template: JSON data, and the functions of k8s.io/cli-runtime's printer. */
import { goFunction } from './exec/signature.ts'
import { encodeJson } from './json.ts'
import { printValue } from './print/print.ts'
import { quote } from './print/quote.ts'
import { base64Fault, decodeBase64 } from './sprig/base-encodings.ts'
import { TemplateSet } from './template-set.ts'
import type { GoFunction, Value } from './types.ts'
import { asBigInt, isDictionary, lengthOf } from './values.ts'
import { plainData } from './yaml/decode.ts'

/** True when index could be called with these, and would find something. */
function exists(item: Value, ...keys: Value[]): boolean {
  let at = item
  for (const key of keys) {
    if (Array.isArray(at) || typeof at === 'string') {
      const index = asBigInt(key)
      if (index === undefined || index < 0n || index >= BigInt(lengthOf(at)!)) return false
      at = typeof at === 'string' ? 0n : at[Number(index)]
    } else if (isDictionary(at)) {
      const name = key ?? ''
      if (typeof name !== 'string') return false
      at = Object.hasOwn(at, name) ? at[name] : null
    } else return false
  }
  return keys.length === 0 || (at !== null && at !== undefined)
}

function base64decode(text: string): string {
  const fault = base64Fault(text)
  if (fault >= 0) throw new Error(`base64 decode failed: illegal base64 data at input byte ${fault}`)
  return decodeBase64(text)
}

const functions: ReadonlyMap<string, GoFunction> = new Map([
  ['exists', goFunction('any, ...any', exists)],
  ['base64decode', goFunction('string', base64decode)],
])

export interface GoTemplateOptions {
  /** --allow-missing-template-keys is true unless told otherwise. */
  readonly allowMissingKeys?: boolean
}

/** The message goes to stderr; `printed`, which shows the data that the template met, to stdout after what came out before. */
export class GoTemplateError extends Error {
  readonly printed: string
  constructor(message: string, printed: string, cause: unknown) {
    super(message, { cause })
    this.printed = printed
  }
}

/** A parsed template, for any number of objects: plain JSON data in, text out. Throws GoTemplateError. */
export type GoTemplate = (data: unknown) => string

/** Throws with kubectl's message for a text that is no template. */
export function parseGoTemplate(text: string, { allowMissingKeys = true }: GoTemplateOptions = {}): GoTemplate {
  const set = new TemplateSet({ functions, missingKey: allowMissingKeys ? 'default' : 'error' })
  try {
    set.parse('output', text)
  } catch (error) {
    throw new Error(`error parsing template ${text}, ${(error as Error).message}`, { cause: error })
  }
  return (given) => {
    const data = plainData(given)
    const output = { text: '' }
    try {
      return set.execute('output', data, output)
    } catch (error) {
      const { message } = error as Error
      const about = `Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${text}\n\traw data was:\n\t\t${encodeJson(data)}\n\tobject given to template engine was:\n\t\t${printValue(data)}\n\n`
      throw new GoTemplateError(`error executing template ${quote(text)}: ${message}`, output.text + about, error)
    }
  }
}

/** Parses and renders in one step. */
export const renderGoTemplate = (text: string, data: unknown, options: GoTemplateOptions = {}): string => parseGoTemplate(text, options)(data)
