/** -o go-template: the project's template engine, with kubectl's two functions. */
import { GoTemplateError, parseGoTemplate } from '#template/go-template.ts'
import { CommandError } from '../errors.ts'
import type { PrintObject } from './index.ts'

export interface CompileOptions {
  readonly allowMissingKeys: boolean
  /** Takes what the template wrote before it failed, and the data that it met. */
  readonly print: (text: string) => void
}

/** Throws CommandError for a text that is no template, and the function it gives for data that the template cannot take. */
export function compileTemplate(template: string, { allowMissingKeys, print }: CompileOptions): PrintObject {
  let render: (data: unknown) => string
  try {
    render = parseGoTemplate(template, { allowMissingKeys })
  } catch (error) {
    throw new CommandError(`error: ${(error as Error).message}`)
  }
  return (object) => {
    try {
      return render(object)
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error
      print(error.printed)
      throw new CommandError(`error: ${error.message}`)
    }
  }
}
