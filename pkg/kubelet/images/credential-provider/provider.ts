/** Credentials for an image from the provider plugins that answer for it: asked by exec, remembered for as long as they say. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { durationMs } from '#apimachinery/go-duration.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { AuthConfig } from '../../cri/types.ts'
import type { CredentialProvider } from './configuration.ts'
import { matchesImage } from './match-image.ts'

export interface CredentialPlugins {
  credentials(image: string): Promise<readonly AuthConfig[]>
}

export interface CredentialPluginsOptions {
  readonly providers: readonly CredentialProvider[]
  readonly binDir: string
  readonly clock: Clock
  readonly log: Logger
  /** For tests: what a plugin answers to a request. */
  readonly exec?: (provider: CredentialProvider, request: string) => Promise<string>
}

interface Response {
  readonly kind?: string
  readonly apiVersion?: string
  readonly cacheKeyType?: 'Image' | 'Registry' | 'Global'
  readonly cacheDuration?: string
  readonly auth?: Readonly<Record<string, { readonly username?: string; readonly password?: string }>>
}

const maxRemembered = 1000
const timeoutMs = 60_000
const maxOutputBytes = 1024 * 1024

export function credentialPlugins({ providers, binDir, clock, log, exec = run(binDir) }: CredentialPluginsOptions): CredentialPlugins {
  const known = new Map<string, { readonly auth: NonNullable<Response['auth']>; readonly until: number }>()
  const inFlight = new Map<string, Promise<Response>>()

  const ask = (provider: CredentialProvider, image: string): Promise<Response> => {
    const key = `${provider.name} ${image}`
    let answer = inFlight.get(key)
    if (!answer) {
      answer = request(provider, image).finally(() => inFlight.delete(key))
      inFlight.set(key, answer)
    }
    return answer
  }
  const request = async (provider: CredentialProvider, image: string): Promise<Response> => {
    const { apiVersion } = provider
    const response = JSON.parse(await exec(provider, JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion, image }))) as Response
    if (response.kind !== 'CredentialProviderResponse' || response.apiVersion !== apiVersion) {
      throw new Error(`apiVersion from credential plugin response did not match expected apiVersion:${apiVersion}, actual apiVersion:${response.apiVersion}`)
    }
    return response
  }
  const authOf = async (provider: CredentialProvider, image: string): Promise<NonNullable<Response['auth']>> => {
    const keys = [image, registry(image), 'global'].map((each) => `${provider.name} ${each}`)
    for (const key of keys) {
      const entry = known.get(key)
      if (entry && entry.until > clock.now()) return entry.auth
    }
    const { auth = {}, cacheKeyType, cacheDuration } = await ask(provider, image)
    const holdsMs = cacheDuration === undefined ? provider.defaultCacheMs : durationMs(cacheDuration)
    const index = ['Image', 'Registry', 'Global'].indexOf(cacheKeyType ?? '')
    if (index < 0) throw new Error(`credential provider plugin did not return a valid cacheKeyType: "${cacheKeyType ?? ''}"`)
    if (holdsMs > 0) {
      known.delete(keys[index]!)
      known.set(keys[index]!, { auth, until: clock.now() + holdsMs })
      if (known.size > maxRemembered) known.delete(known.keys().next().value!)
    }
    return auth
  }

  return {
    async credentials(image) {
      const found: AuthConfig[] = []
      for (const provider of providers) {
        if (!provider.matchImages.some((pattern) => matchesImage(pattern, image))) continue
        try {
          const auth = await authOf(provider, image)
          // The longer a pattern, the more it knows.
          for (const pattern of Object.keys(auth).sort().reverse()) {
            const { username = '', password = '' } = auth[pattern]!
            if (matchesImage(pattern, image)) found.push({ username, password })
          }
        } catch (error) {
          log.warn('a credential provider fails', { provider: provider.name, image, error })
        }
      }
      return found
    },
  }
}

const registry = (image: string): string => image.split('/')[0]!

/** What it prints goes nowhere else: it is a secret. */
const run =
  (binDir: string) =>
  ({ name, args, env }: CredentialProvider, request: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(join(binDir, name), [...args], {
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      })
      const chunks: Buffer[] = []
      let length = 0
      child.stdout.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > maxOutputBytes) child.kill('SIGKILL')
        else chunks.push(chunk)
      })
      child.once('error', reject)
      child.once('close', (code, signal) => {
        if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
        else reject(new Error(`error execing credential provider plugin ${name}: ${signal ?? `exit status ${code}`}`))
      })
      child.stdin.once('error', () => {})
      child.stdin.end(request)
    })
