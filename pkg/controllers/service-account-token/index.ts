/**
 * Fills Secrets of type kubernetes.io/service-account-token, and deletes those whose account is gone.
 * In: Secrets of that type, ServiceAccounts. Out: those Secrets. Upstream: pkg/controller/serviceaccount/tokens_controller.go.
 */
import type { Secret, ServiceAccount } from '#api/gen/core/v1.ts'
import { secrets, serviceAccounts } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'

const scope = { fieldSelector: 'type=kubernetes.io/service-account-token' }
const nameAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'

/** Only where tokens can be minted. */
export function serviceAccountTokenController({ mintServiceAccountToken: mint, rootCa }: ControllerSettings): Controller | undefined {
  if (!mint) return undefined
  return {
    name: 'serviceaccount-token-controller',
    inputs: [
      input(secrets, {
        scope,
        keys: (secret) => [keyOf(secret)],
        indexes: { account: ({ metadata }) => [accountKey(metadata.namespace!, metadata.annotations?.[nameAnnotation])] },
      }),
      input(serviceAccounts, {
        keys: ({ metadata }, change, _previous, { cache }) =>
          change === 'update' ? [] : cache(secrets, scope).byIndex('account', accountKey(metadata.namespace!, metadata.name)).map(keyOf),
      }),
    ],
    outputs: [output(secrets)],
    async reconcile(key, context) {
      const secret = context.cache(secrets, scope).byKey(key)
      if (!secret || secret.metadata.deletionTimestamp) return
      const account = await accountOf(secret, context)
      if (!account) return remove(secret, context)
      const wanted = await filled(secret, account, mint, rootCa)
      if (wanted !== secret) await context.client.update(secrets, wanted)
    },
  }
}

function accountKey(namespace: string, name: string | undefined): string {
  return `${namespace}/${name ?? ''}`
}

/** The account the Secret is for: by name, and by uid if it says one. The cache may be late, so a missing one is asked for. */
async function accountOf({ metadata }: Secret, { client, cache }: ControllerContext): Promise<ServiceAccount | undefined> {
  const name = metadata.annotations?.[nameAnnotation]
  if (!name) return undefined
  const uid = metadata.annotations?.[uidAnnotation]
  const isIt = (account: ServiceAccount | undefined) => account !== undefined && (!uid || account.metadata.uid === uid)
  const cached = cache(serviceAccounts).get(metadata.namespace, name)
  if (isIt(cached)) return cached
  try {
    const live = await client.get(serviceAccounts, { namespace: metadata.namespace, name })
    return isIt(live) ? live : undefined
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function remove(secret: Secret, { client }: ControllerContext): Promise<void> {
  const { uid, resourceVersion } = secret.metadata
  try {
    await client.delete(secrets, splitKey(keyOf(secret)), { preconditions: { uid, resourceVersion } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function filled(
  secret: Secret,
  account: ServiceAccount,
  mint: NonNullable<ControllerSettings['mintServiceAccountToken']>,
  rootCa: string,
): Promise<Secret> {
  const { namespace, name } = secret.metadata
  const ca = Buffer.from(rootCa).toString('base64')
  const space = Buffer.from(namespace!).toString('base64')
  const { data = {} } = secret
  const annotated = secret.metadata.annotations?.[uidAnnotation] === account.metadata.uid
  if (data.token && data['ca.crt'] === ca && data.namespace === space && annotated) return secret
  const token =
    data.token ??
    Buffer.from(await mint({ namespace: namespace!, name: account.metadata.name, uid: account.metadata.uid, secretName: name })).toString('base64')
  const annotations = { ...secret.metadata.annotations, [uidAnnotation]: account.metadata.uid }
  return { ...secret, metadata: { ...secret.metadata, annotations }, data: { ...data, token, 'ca.crt': ca, namespace: space } }
}
