/** CredentialProviderConfig of kubelet.config.k8s.io/v1, strictly read (documentation "Configure a kubelet image credential provider"). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { durationMs } from '#apimachinery/go-duration.ts'

export interface CredentialProvider {
  readonly name: string
  readonly matchImages: readonly string[]
  readonly defaultCacheMs: number
  readonly apiVersion: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const fields = new Set(['name', 'matchImages', 'defaultCacheDuration', 'apiVersion', 'args', 'env'])
const responseVersions = ['credentialprovider.kubelet.k8s.io/v1', 'credentialprovider.kubelet.k8s.io/v1beta1', 'credentialprovider.kubelet.k8s.io/v1alpha1']

/** Throws with the field that is wrong. `binDir` must hold a program of each provider's name. */
export function readCredentialProviders(file: string, binDir: string): CredentialProvider[] {
  const fail = (why: string): never => {
    throw new Error(`failed to load image credential providers, path: ${file}, error: ${why}`)
  }
  const { apiVersion, kind, providers, ...rest } = parse(readFileSync(file, 'utf8')) ?? {}
  if (!/^kubelet\.config\.k8s\.io\/(v1|v1beta1|v1alpha1)$/.test(apiVersion ?? '') || kind !== 'CredentialProviderConfig') {
    fail(`no kind "${kind}" is registered for version "${apiVersion}"`)
  }
  for (const name of Object.keys(rest)) fail(`strict decoding error: unknown field "${name}"`)
  if (!Array.isArray(providers) || providers.length === 0) fail('providers: Required value: at least 1 item in plugins is required')
  const seen = new Set<string>()
  return (providers as Record<string, unknown>[]).map((each, index) => {
    const at = `providers[${index}]`
    for (const name of Object.keys(each)) {
      if (name === 'tokenAttributes') fail(`${at}.tokenAttributes: service account tokens for providers are not supported by this kubelet`)
      if (!fields.has(name)) fail(`strict decoding error: unknown field "${at}.${name}"`)
    }
    const {
      name,
      matchImages,
      defaultCacheDuration,
      apiVersion: version,
      args = [],
      env = [],
    } = each as unknown as {
      name?: string
      matchImages?: string[]
      defaultCacheDuration?: string
      apiVersion?: string
      args?: string[]
      env?: { name: string; value: string }[]
    }
    if (!name) return fail(`${at}.name: Required value: provider name is required`)
    if (name.includes('/') || name.includes(' ') || name === '.' || name === '..')
      return fail(`${at}.name: Invalid value: "${name}": provider name cannot contain path separators or spaces, or be '.' or '..'`)
    if (seen.has(name)) return fail(`${at}.name: Duplicate value: "${name}"`)
    seen.add(name)
    if (!matchImages || matchImages.length === 0) return fail(`${at}.matchImages: Required value: at least one image match is required`)
    if (!version || !responseVersions.includes(version))
      return fail(`${at}.apiVersion: Unsupported value: "${version ?? ''}": supported values: ${responseVersions.map((known) => `"${known}"`).join(', ')}`)
    if (defaultCacheDuration === undefined) return fail(`${at}.defaultCacheDuration: Required value: provider defaultCacheDuration is required`)
    if (!existsSync(join(binDir, name))) return fail(`plugin binary executable ${join(binDir, name)} did not exist`)
    return {
      name,
      matchImages,
      defaultCacheMs: durationMs(defaultCacheDuration),
      apiVersion: version,
      args,
      env: Object.fromEntries(env.map((variable) => [variable.name, variable.value])),
    }
  })
}
