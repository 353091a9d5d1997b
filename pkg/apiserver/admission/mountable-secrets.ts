/** Pods of accounts that say so may use only the secrets that the account lists (kubernetes.io/enforce-mountable-secrets, deprecated). */
import type { Container, EphemeralContainer, Pod, ServiceAccount } from '#api/gen/core/v1.ts'

const annotation = 'kubernetes.io/enforce-mountable-secrets'

/** What Go's strconv.ParseBool takes for true. */
const yes: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

export function enforcesMountableSecrets({ metadata }: ServiceAccount): boolean {
  return yes.has(metadata.annotations?.[annotation] ?? '')
}

/** What a new pod must not refer to, or undefined. */
export function unmountableSecret(account: ServiceAccount, { spec }: Pod): string | undefined {
  const listed = new Set((account.secrets ?? []).map(({ name }) => name))
  const ofAccount = `because service account ${account.metadata.name} does not reference that`
  for (const { secret } of spec?.volumes ?? []) {
    if (secret && !listed.has(secret.secretName)) return `volume with secret.secretName="${secret.secretName ?? ''}" is not allowed ${ofAccount} secret`
  }
  const inContainers = ofContainers(account, 'init container', spec?.initContainers) ?? ofContainers(account, 'container', spec?.containers)
  if (inContainers) return inContainers
  const pulls = new Set((account.imagePullSecrets ?? []).map(({ name }) => name))
  const position = (spec?.imagePullSecrets ?? []).findIndex(({ name }) => !pulls.has(name))
  if (position < 0) return undefined
  return `imagePullSecrets[${position}].name="${spec?.imagePullSecrets?.[position]?.name ?? ''}" is not allowed ${ofAccount} imagePullSecret`
}

/** As above for containers added to a running pod. */
export function unmountableInEphemeralContainers(account: ServiceAccount, { spec }: Pod): string | undefined {
  return ofContainers(account, 'ephemeral container', spec?.ephemeralContainers)
}

function ofContainers({ metadata, secrets }: ServiceAccount, what: string, containers: readonly (Container | EphemeralContainer)[] = []): string | undefined {
  const listed = new Set((secrets ?? []).map(({ name }) => name))
  const refused = (name: string | undefined) =>
    `referencing secret.secretName="${name ?? ''}" is not allowed because service account ${metadata.name} does not reference that secret`
  for (const container of containers) {
    for (const { name, valueFrom } of container.env ?? []) {
      const ref = valueFrom?.secretKeyRef
      if (ref && !listed.has(ref.name)) return `${what} ${container.name} with envVar ${name} ${refused(ref.name)}`
    }
    for (const { secretRef } of container.envFrom ?? [])
      if (secretRef && !listed.has(secretRef.name)) return `${what} ${container.name} with envFrom ${refused(secretRef.name)}`
  }
  return undefined
}
