/** Image names: default tag, registry, and the credentials in pull secrets that fit. */
import type { Secret } from '#api/gen/core/v1.ts'
import type { AuthConfig } from '../cri/types.ts'

const reference =
  /^(?:([\w.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?$/

/** The name with ":latest" where it has neither tag nor digest; undefined when it is no reference. */
export function withDefaultTag(image: string): string | undefined {
  const match = reference.exec(image)
  if (!match) return undefined
  return match[2] || match[3] ? image : `${image}:latest`
}

/** Without tag and digest; undefined when it is no reference. */
export function bareName(image: string): string | undefined {
  const match = reference.exec(image)
  return match ? image.slice(0, image.length - (match[2]?.length ?? 0) - (match[3]?.length ?? 0)) : undefined
}

/** Why a name is no reference, in the words of the library that upstream reads it with. */
export function referenceError(image: string): string {
  const slash = image.indexOf('/')
  const first = image.slice(0, Math.max(slash, 0))
  const hasRegistry = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  const rest = (hasRegistry ? image.slice(slash + 1) : slash >= 0 ? image : `library/${image}`).split('@')[0]!
  const colon = rest.indexOf(':')
  const name = colon >= 0 ? rest.slice(0, colon) : rest
  return name.toLowerCase() === name ? 'invalid reference format' : `invalid reference format: repository name (${name}) must be lowercase`
}

export function registryOf(image: string): string {
  const first = image.split('/')[0]!
  return image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost') ? first : 'docker.io'
}

interface DockerEntry {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly identitytoken?: string
  readonly registrytoken?: string
}

export function credentialsFor(secret: Secret, image: string): AuthConfig[] {
  const text = secret.data?.['.dockerconfigjson'] ?? secret.data?.['.dockercfg']
  if (!text) return []
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as { auths?: Record<string, DockerEntry> } & Record<string, DockerEntry>
    const entries = parsed.auths ?? parsed
    return Object.entries(entries)
      .filter(([server]) => covers(server, image))
      .map(([, { username, password, auth, identitytoken, registrytoken }]) => {
        const decoded = auth ? Buffer.from(auth, 'base64').toString('utf8') : ''
        const colon = decoded.indexOf(':')
        return {
          username: username ?? (colon > 0 ? decoded.slice(0, colon) : ''),
          password: password ?? (colon > 0 ? decoded.slice(colon + 1) : ''),
          ...(identitytoken ? { identityToken: identitytoken } : {}),
          ...(registrytoken ? { registryToken: registrytoken } : {}),
        }
      })
  } catch {
    return []
  }
}

function covers(server: string, image: string): boolean {
  const [host, ...path] = server
    .replace(/^https?:\/\//, '')
    .replace(/\/(v1|v2)?\/?$/, '')
    .split('/')
  const registry = registryOf(image)
  const normal = host === 'index.docker.io' ? 'docker.io' : host
  const same = normal === registry || (normal!.startsWith('*.') && registry.endsWith(normal!.slice(1)))
  return same && (path.length === 0 || image.includes(`/${path.join('/')}`))
}
