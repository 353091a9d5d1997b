/** What a word may be completed with, in the terms of spf13/cobra's scripts. */
import type { Invocation } from '../types.ts'

/** Bits of what the shell is told beside the words. */
export const directives = { files: 0, noSpace: 2, noFiles: 4 } as const

export interface Completions {
  /** "word", or "word\tdescription". The shell chooses among them. */
  readonly words: readonly string[]
  readonly directive: number
}

/** `typed` is the word that is being typed; the arguments before it are those of the invocation. */
export type Completer = (invocation: Invocation, typed: string) => Completions | Promise<Completions>

export const words = (list: readonly string[]): Completions => ({ words: list, directive: directives.noFiles })
export const nothing: Completions = words([])
export const files: Completions = { words: [], directive: directives.files }
export const noMore: Completions = words(['_activeHelp_ This command does not take any more arguments (but may accept flags).'])
