/** Aliases that grow without bound, told from those that do not by go-yaml's own measure, before any of them is followed. */
import { type Document, isAlias, isCollection, isPair, isScalar, type Node, type ParsedNode } from 'yaml'

const few = { aliases: 100, nodes: 1000 }
const lowNodes = 400_000
const highNodes = 4_000_000

/** How much of a document may come out of aliases: nearly all of a small one, a tenth of a large one. */
function allowedRatio(nodes: number): number {
  if (nodes <= lowNodes) return 0.99
  if (nodes >= highNodes) return 0.1
  return 0.99 - (0.89 * (nodes - lowNodes)) / (highNodes - lowNodes)
}

/** Throws in go-yaml's words. */
export function checkAliases(document: Document.Parsed<ParsedNode>): void {
  const anchors = new Map<string, Node>()
  const sizes = new Map<Node, number>()
  const open = new Set<Node>()
  let found = false
  let outside = 0
  // The nodes that reading takes, aliases followed.
  const sizeOf = (node: unknown, aliased: boolean): number => {
    if (isPair(node)) return sizeOf(node.key, aliased) + sizeOf(node.value, aliased)
    if (isAlias(node)) {
      found = true
      const anchor = anchors.get(node.source)
      if (!anchor) throw new Error(`unknown anchor '${node.source}' referenced`)
      if (open.has(anchor)) throw new Error(`anchor '${node.source}' value contains itself`)
      return 1 + (sizes.get(anchor) ?? sizeOf(anchor, true))
    }
    if (!isScalar(node) && !isCollection(node)) return 0
    if (!aliased) outside++
    if (node.anchor) anchors.set(node.anchor, node)
    if (!isCollection(node)) return 1
    open.add(node)
    let size = 1
    for (const each of node.items) size += sizeOf(each, aliased)
    open.delete(node)
    if (node.anchor) sizes.set(node, size)
    return size
  }
  const nodes = sizeOf(document.contents, false)
  const aliases = nodes - outside
  if (found && aliases > few.aliases && nodes > few.nodes && aliases / nodes > allowedRatio(nodes)) throw new Error('document contains excessive aliasing')
}
