/** Kubernetes' regex library (find, findAll), and `matches` by patterns that cannot run away. */
import type { Environment } from '@marcbachmann/cel-js'
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { CelError } from '../types.ts'

export function registerRegex(environment: Environment): void {
  const sync = { async: false }
  const all = (text: string, pattern: string) => [...text.matchAll(patternOf(pattern, 'g'))].map(([found]) => found)
  environment
    .registerFunction('string.k8sMatches(string): bool', (text: string, pattern: string) => patternOf(pattern, '', '').test(text), sync)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => patternOf(pattern).exec(text)?.[0] ?? '', sync)
    .registerFunction('string.findAll(string): list<string>', all, sync)
    .registerFunction(
      'string.findAll(string, int): list<string>',
      (text: string, pattern: string, limit: bigint) => (limit < 0n ? all(text, pattern) : all(text, pattern).slice(0, Number(limit))),
      sync,
    )
}

/** What cel-go's own function says of a wrong one has nothing before it. */
function patternOf(pattern: string, flags: '' | 'g' = '', before = 'Illegal regex: '): RegExp {
  try {
    return compilePattern(pattern, flags)
  } catch (error) {
    throw new CelError(`${before}${error instanceof Error ? error.message : String(error)}`)
  }
}
