/** What a request to the kubelet asks of the cluster's authorizer: a subresource of this node (KEP-2862, fine-grained kubelet API authorization). */

export interface NodeAttributes {
  readonly verb: string
  readonly subresource: string
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** Only these; the rest of the API is nodes/proxy. */
const coarse: readonly (readonly [path: string, subresource: string])[] = [
  ['/stats', 'stats'],
  ['/metrics', 'metrics'],
  ['/logs', 'log'],
  ['/checkpoint', 'checkpoint'],
  ['/statusz', 'statusz'],
  ['/flagz', 'configz'],
]
/** These are asked first, and nodes/proxy after them, for those who were given it before there was anything finer. */
const fine: readonly (readonly [path: string, subresource: string])[] = [
  ['/pods', 'pods'],
  ['/runningPods', 'pods'],
  ['/runningpods', 'pods'],
  ['/healthz', 'healthz'],
  ['/configz', 'configz'],
]

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

/** Any one of them is enough. */
export function nodeAttributes(method: string, path: string): readonly NodeAttributes[] {
  const verb = verbs[method] ?? ''
  const only = coarse.find(([root]) => isBelow(path, root))
  if (only) return [{ verb, subresource: only[1] }]
  const finer = fine.find(([root]) => isBelow(path, root))
  return [...(finer ? [{ verb, subresource: finer[1] }] : []), { verb, subresource: 'proxy' }]
}
