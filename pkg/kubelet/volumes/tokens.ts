/** Service-account tokens bound to their pod, by TokenRequest; asked again after 80 % of their life or 24 hours. */
import type { Pod, ServiceAccountTokenProjection } from '#api/gen/core/v1.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import { badRequest, StatusError } from '#apimachinery/status-error.ts'

export interface TokenSource {
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>
  /** With the time of its end. */
  issue(pod: Pod, projection: ServiceAccountTokenProjection): Promise<{ readonly token: string; readonly expirationTimestamp: string }>
  /** When the first token of this pod should be asked again. */
  refreshAt(podUid: string): number | undefined
  forgetPod(uid: string): void
}

interface Held {
  readonly token: string
  readonly refreshAt: number
  readonly expiresAt: number
}

export function tokenSource(client: Client, clock: Clock): TokenSource {
  const held = new Map<string, Held>()
  const source: TokenSource = {
    token: async (pod, projection) => (await source.issue(pod, projection)).token,
    async issue(pod, { audience = '', expirationSeconds = 3600, path }) {
      const { namespace, name, uid } = pod.metadata
      const account = pod.spec.serviceAccountName || 'default'
      const key = `${uid}/${audience}/${expirationSeconds}/${path}`
      const known = held.get(key)
      if (known && known.refreshAt > clock.now()) return shown(known)
      try {
        const status = await request(client, `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: {},
          spec: {
            audiences: audience ? [audience] : [],
            expirationSeconds,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
          },
        })
        const now = clock.now()
        const expiresAt = Date.parse(status.expirationTimestamp)
        const refreshAt = Math.min(now + (expiresAt - now) * 0.8, now + 24 * 3_600_000)
        held.set(key, { token: status.token, refreshAt, expiresAt })
        return status
      } catch (error) {
        // The old one serves until it expires.
        if (known && known.expiresAt > clock.now()) return shown(known)
        throw new Error(`failed to fetch token: ${(error as Error).message}`)
      }
    },
    refreshAt(podUid) {
      const times = [...held].filter(([key]) => key.startsWith(`${podUid}/`)).map(([, { refreshAt }]) => refreshAt)
      return times.length === 0 ? undefined : Math.min(...times)
    },
    forgetPod(uid) {
      for (const key of held.keys()) if (key.startsWith(`${uid}/`)) held.delete(key)
    },
  }
  return source
}

const shown = ({ token, expiresAt }: Held) => ({ token, expirationTimestamp: rfc3339(expiresAt) })

async function request(client: Client, path: string, body: object): Promise<{ token: string; expirationTimestamp: string }> {
  const response = await client.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = JSON.parse(await response.text())
  if (response.status >= 300) throw answer?.kind === 'Status' ? StatusError.fromStatus(answer) : badRequest(`status ${response.status}`)
  return answer.status
}
