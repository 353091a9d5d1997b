/** Bytes behind a URL: over HTTP, or by the plugin that knows its scheme (pkg/getter). */
import type { Invocation } from '../types.ts'
import { download, type DownloadOptions } from './http.ts'

/** Whether Helm, or a plugin, fetches from such addresses. */
export async function isKnownScheme(invocation: Invocation, scheme: string): Promise<boolean> {
  if (scheme === 'http' || scheme === 'https' || scheme === 'oci') return true
  const { hasGetter } = await import('../plugin/run.ts')
  return hasGetter(invocation, scheme)
}

/** Throws in Helm's words when nobody knows the scheme, or there is no success. */
export async function get(invocation: Invocation, url: string, options: DownloadOptions): Promise<Buffer> {
  const scheme = new URL(url).protocol.slice(0, -1)
  if (scheme !== 'http' && scheme !== 'https') {
    const { runGetter } = await import('../plugin/run.ts')
    const bytes = runGetter(invocation, scheme, url, options)
    if (bytes) return bytes
  }
  const { env, cwd } = invocation.session
  return download(url, { env, cwd, ...options }, (message, fields) => invocation.log('DEBUG', message, fields))
}
