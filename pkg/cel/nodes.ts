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
