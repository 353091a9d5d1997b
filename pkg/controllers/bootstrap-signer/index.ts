/**
 * Bootstrap signer: signs the kubeconfig of kube-public/cluster-info with every bootstrap token that may, so that who joins can trust it.
 * In: that ConfigMap, Secrets of kube-system. Out: its signatures. Upstream: pkg/controller/bootstrap (Signer).
 */
import { createHmac } from 'node:crypto'
import type { Secret } from '#api/gen/core/v1.ts'
import { configMaps, secrets } from '#api/gen/resources.ts'
import { type Controller, input, output } from '#runtime/types.ts'

const name = 'cluster-info'
const mapScope = { namespace: 'kube-public', fieldSelector: `metadata.name=${name}` }
const tokenScope = { namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' }
const prefix = 'jws-kubeconfig-'

export function bootstrapSignerController(): Controller {
  return {
    name: 'bootstrap-signer-controller',
    account: 'bootstrap-signer',
    eventSource: 'bootstrap-signer',
    workers: 1,
    inputs: [input(configMaps, { scope: mapScope, keys: () => [name] }), input(secrets, { scope: tokenScope, keys: () => [name] })],
    outputs: [output(configMaps, 'signatures')],
    async reconcile(_key, { cache, client, clock, log }) {
      const map = cache(configMaps, mapScope).get('kube-public', name)
      if (!map) return
      const { kubeconfig } = map.data ?? {}
      if (kubeconfig === undefined) {
        log.warn('no kubeconfig in kube-public/cluster-info: nothing to sign')
        return
      }
      const tokens = cache(secrets, tokenScope)
        .list()
        .map((secret) => tokenOf(secret, clock.now()))
        .filter((each) => each !== undefined)
      const signatures = Object.fromEntries(tokens.map(({ id, secret }) => [prefix + id, sign(kubeconfig, id, secret)]))
      const rest = Object.fromEntries(Object.entries(map.data ?? {}).filter(([key]) => !key.startsWith(prefix)))
      const data = { ...rest, ...signatures }
      const text = (entries: object): string => JSON.stringify(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)))
      if (text(data) !== text(map.data ?? {})) await client.update(configMaps, { ...map, data })
    },
  }
}

/** A token that may sign, and whose time is not over. */
function tokenOf({ data = {}, metadata }: Secret, nowMs: number): { id: string; secret: string } | undefined {
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8')
  const [id, secret, expiration] = [text('token-id'), text('token-secret'), text('expiration')]
  if (!id || !secret || metadata.deletionTimestamp || metadata.name !== `bootstrap-token-${id}`) return undefined
  if (expiration && !(Date.parse(expiration) > nowMs)) return undefined
  return text('usage-bootstrap-signing') === 'true' ? { id, secret } : undefined
}

/** A JWS (HS256) without its payload, which the reader has. */
export function sign(content: string, id: string, secret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url')
  const payload = Buffer.from(content).toString('base64url')
  return `${header}..${createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')}`
}
