/** `serviceaccounts/token`: TokenRequest (docs: "TokenRequest API"; KEP-1205, node binding by KEP-4193). */
import type { TokenRequest } from '#api/gen/authentication/v1.ts'
import { type FieldError, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { badRequest, conflict, invalid, notFound } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339, systemClock } from '#base/clock.ts'
import type { VirtualHandler } from '../virtual-types.ts'
import type { TokenIssuer } from './token-issuer.ts'
import type { ObjectIdentity, TokenGetters } from './types.ts'

const minSeconds = 600
const maxSeconds = 2 ** 32
export const defaultSeconds = 3600
/** What kubelets ask for pods' own tokens; such a token gets a year, so that programs that never read it again go on working. */
const warnOnlySeconds = 3607
const extendedSeconds = 365 * 24 * 3600

export interface TokenRequestOptions {
  readonly issuer: TokenIssuer
  readonly getters: TokenGetters
  /** Used when a request names none; default: the issuer. */
  readonly apiAudiences?: readonly string[]
  /** Upstream's --service-account-extend-token-expiration; default true. */
  readonly extendExpiration?: boolean
  readonly clock?: Clock
}

interface Binding {
  readonly pod?: ObjectIdentity
  readonly secret?: ObjectIdentity
  readonly node?: ObjectIdentity
}

export function tokenRequestHandler(options: TokenRequestOptions): VirtualHandler {
  const { issuer, getters, apiAudiences = [issuer.issuer], extendExpiration = true, clock = systemClock } = options
  return async (request: TokenRequest, { namespace, name }) => {
    const requested = request.metadata?.name
    if (requested && requested !== name) {
      const wrong = invalidValue(path('metadata', 'name'), requested, 'must match the service account name if specified')
      throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, toCauses([wrong]))
    }
    const account = await getters.serviceAccount(namespace, name)
    if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, name)
    const uid = request.metadata?.uid
    if (uid && uid !== account.metadata.uid) {
      const why = `the UID in the token request (${uid}) does not match the UID of the service account (${account.metadata.uid})`
      throw conflict({ group: 'authentication.k8s.io', resource: 'TokenRequest' }, name, why)
    }
    const spec = request.spec ?? { audiences: [] }
    const expirationSeconds = spec.expirationSeconds ?? defaultSeconds
    check(expirationSeconds)
    const audiences = spec.audiences && spec.audiences.length > 0 ? spec.audiences : apiAudiences
    const bound = spec.boundObjectRef ? await bind(spec.boundObjectRef, namespace, name, getters) : {}
    const forServer = audiences.every((each) => apiAudiences.includes(each))
    const extend = extendExpiration && bound.pod !== undefined && expirationSeconds === warnOnlySeconds && forServer
    const token = await issuer.issue({
      namespace,
      serviceAccount: { name, uid: account.metadata.uid },
      audiences,
      expirationSeconds: extend ? extendedSeconds : expirationSeconds,
      warnAfterSeconds: extend ? expirationSeconds : undefined,
      ...bound,
    })
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { ...request.metadata, name, namespace, uid: account.metadata.uid, creationTimestamp: rfc3339(clock.now()) },
      spec: { audiences: [...audiences], expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: rfc3339(clock.now() + expirationSeconds * 1000) },
    }
  }
}

function check(seconds: number): void {
  const at = path('spec', 'expirationSeconds')
  const errors: FieldError[] = []
  if (seconds < minSeconds) errors.push(invalidValue(at, seconds, 'may not specify a duration less than 10 minutes'))
  if (seconds > maxSeconds) errors.push(invalidValue(at, seconds, 'may not specify a duration larger than 2^32 seconds'))
  if (errors.length > 0) throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', toCauses(errors))
}

async function bind(ref: NonNullable<TokenRequest['spec']['boundObjectRef']>, namespace: string, accountName: string, getters: TokenGetters): Promise<Binding> {
  const { kind = '', apiVersion = '', name = '', uid } = ref
  const found = async <T extends { metadata: { uid?: string } }>(plural: string, get: Promise<T | undefined>): Promise<T> => {
    const object = await get
    if (!object) throw notFound({ group: '', resource: plural }, name)
    if (uid && uid !== object.metadata.uid) {
      const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
      throw conflict({ group: '', resource: kind }, name, why)
    }
    return object
  }
  const isCore = !apiVersion.includes('/')
  if (isCore && name === '' && ['Pod', 'Secret', 'Node'].includes(kind)) throw badRequest('Name parameter required.')
  if (kind === 'Pod' && isCore) {
    const pod = await found('pods', getters.pod(namespace, name))
    if (pod.spec?.serviceAccountName !== accountName)
      throw badRequest(`cannot bind token for serviceaccount "${accountName}" to pod running with different serviceaccount name.`)
    const nodeName = pod.spec?.nodeName
    const node = nodeName ? await getters.node(nodeName) : undefined
    return { pod: { name, uid: pod.metadata.uid }, ...(nodeName ? { node: { name: nodeName, ...(node ? { uid: node.metadata.uid } : {}) } } : {}) }
  }
  if (kind === 'Secret' && isCore) return { secret: { name, uid: (await found('secrets', getters.secret(namespace, name))).metadata.uid } }
  if (kind === 'Node' && isCore) return { node: { name, uid: (await found('nodes', getters.node(name))).metadata.uid } }
  throw badRequest(`cannot bind token to object of type ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`)
}
