/** Which images a pattern means: "*.registry.io", "registry.io:8080/path" (upstream's credentialprovider.URLsMatch). */

interface Place {
  readonly hostParts: readonly string[]
  readonly port: string
  readonly path: string
}

function placeOf(text: string): Place {
  const [, host = '', port = '', path = ''] = /^(?:https?:\/\/)?([^/:]*)(?::(\d+))?(.*)$/.exec(text) ?? []
  return { hostParts: host.split('.'), port, path }
}

/** Each part of the host may hold "*", which never crosses a dot; ports are equal; the path is a prefix. */
export function matchesImage(pattern: string, image: string): boolean {
  const [wanted, given] = [placeOf(pattern), placeOf(image)]
  if (wanted.port !== given.port || wanted.hostParts.length !== given.hostParts.length) return false
  if (!given.path.startsWith(wanted.path)) return false
  return wanted.hostParts.every((part, index) => globOf(part).test(given.hostParts[index]!))
}

function globOf(part: string): RegExp {
  const text = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${text}$`)
}
