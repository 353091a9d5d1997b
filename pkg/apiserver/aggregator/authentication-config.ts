/**
 * The ConfigMap kube-system/extension-apiserver-authentication, from which extension API servers learn whose requests
 * to believe. Upstream: controlplane's clusterauthenticationtrust controller.
 */
import { configMaps } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { Seed } from '../bootstrap/seed.ts'

export interface AuthenticationConfig {
  /** PEM of the CA whose client certificates name users. */
  readonly clientCa?: string | undefined
  /** PEM of the front-proxy CA. */
  readonly frontProxyCa?: string | undefined
  readonly allowedNames?: readonly string[]
}

const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }

/** For a store that has nothing yet. */
export function authenticationConfigSeed(config: AuthenticationConfig): Seed {
  return { of: configMaps as ResourceRef, objects: () => [{ metadata: key, data: dataOf(config) }] as never }
}

export async function publishAuthenticationConfig(client: Client, config: AuthenticationConfig): Promise<void> {
  const data = dataOf(config)
  if (Object.keys(data).length === 0) return
  try {
    const current = await client.get(configMaps, key)
    if (Object.entries(data).every(([name, value]) => current.data?.[name] === value)) return
    await client.update(configMaps, { ...current, data: { ...current.data, ...data } })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(configMaps, { metadata: key, data })
  }
}

function dataOf({ clientCa, frontProxyCa, allowedNames = ['front-proxy-client'] }: AuthenticationConfig): Record<string, string> {
  return {
    ...(clientCa ? { 'client-ca-file': clientCa } : {}),
    ...(frontProxyCa
      ? {
          'requestheader-client-ca-file': frontProxyCa,
          'requestheader-allowed-names': JSON.stringify(allowedNames),
          'requestheader-username-headers': '["X-Remote-User"]',
          'requestheader-uid-headers': '["X-Remote-Uid"]',
          'requestheader-group-headers': '["X-Remote-Group"]',
          'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
        }
      : {}),
  }
}
