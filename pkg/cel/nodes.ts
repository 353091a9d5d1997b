/**
 * Functions that the library itself has otherwise than cel-go: JavaScript's regular expressions may backtrack without end,
 * and its texts count halves of characters. Each is called by a name of ours.
 */
const replaced = new Map(
  ['matches', 'substring', 'indexOf', 'lastIndexOf', 'lowerAscii', 'upperAscii'].map((name) => [name, `k8s${name[0]!.toUpperCase()}${name.slice(1)}`]),
)
const written = new Map([...replaced].map(([name, ours]) => [ours, name]))

/** By which name a function is called here, and by which it was written. */
export const ourName = (name: string): string => replaced.get(name) ?? name
export const writtenName = (name: string): string => written.get(name) ?? name

/** The nodes below a node of the syntax tree. */
import type { ASTNode } from '@marcbachmann/cel-js'

export function childrenOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = []
  collect(node.args, found)
  return found
}

function collect(value: unknown, found: ASTNode[]): void {
  if (Array.isArray(value)) for (const each of value) collect(each, found)
  else if (typeof value === 'object' && value !== null && 'op' in value) found.push(value as ASTNode)
}
