/**
 * Regular expressions as users of Go write them (RE2), run by JavaScript's. V8 is told to change to its linear engine
 * when a pattern begins to backtrack without end, so that no pattern can hold up the server: `re2/` writes them such that it can.
 */
import { setFlagsFromString } from 'node:v8'
import { javascriptSource } from './re2/parse.ts'

setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
setFlagsFromString('--regexp-backtracks-before-fallback=20000')

const maxCached = 1000
const cache = new Map<string, RegExp>()

/** Throws SyntaxError with Go's message when it is none. The flag may be `g`; others would keep V8 from its linear engine. */
export function compilePattern(pattern: string, flags: '' | 'g' = ''): RegExp {
  const key = `${flags}/${pattern}`
  let compiled = cache.get(key)
  if (!compiled) {
    compiled = new RegExp(javascriptSource(pattern), flags)
    if (cache.size >= maxCached) cache.delete(cache.keys().next().value!)
    cache.set(key, compiled)
  }
  compiled.lastIndex = 0
  return compiled
}
