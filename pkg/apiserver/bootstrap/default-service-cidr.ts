/** The ServiceCIDR `kubernetes`, made of the server's own range where it is missing (controlplane's defaultservicecidr controller). */
import type { ServiceCIDR } from '#api/gen/networking/v1.ts'
import { serviceCIDRs } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import { serviceRanges } from '../services/families.ts'

export const defaultServiceCidrName = 'kubernetes'
const component = 'kubernetes-service-cidr-controller'

export interface DefaultServiceCidrOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly serviceCidr: string
}

/** One that says otherwise than the server's range stays as it is: Services have addresses of it. */
export async function ensureDefaultServiceCidr({ client, clock, log, serviceCidr }: DefaultServiceCidrOptions): Promise<void> {
  const cidrs = serviceRanges(serviceCidr)
  let object = (await current(client)) ?? (await made(client, cidrs))
  // The one change there may be: a cluster gets a second family.
  if (cidrs.length === 2 && object.spec.cidrs?.join() === cidrs[0]) object = await client.update(serviceCIDRs, { ...object, spec: { cidrs: [...cidrs] } })
  if (object.metadata.deletionTimestamp) return
  if (object.spec.cidrs?.join() !== cidrs.join()) {
    log.warn('the default ServiceCIDR is not what this server was given', { has: object.spec.cidrs, given: cidrs })
    return
  }
  if (object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status !== 'Unknown')) return
  const ready = {
    type: 'Ready',
    status: 'True',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: rfc3339(clock.now()),
  }
  const patch = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: defaultServiceCidrName }, status: { conditions: [ready] } }
  await client.patch(serviceCIDRs, { name: defaultServiceCidrName }, patch, { type: 'apply', subresource: 'status', fieldManager: component, force: true })
}

/** Or what another server that starts at the same time made of it. */
async function made(client: Client, cidrs: readonly string[]): Promise<ServiceCIDR> {
  try {
    return await client.create(serviceCIDRs, { metadata: { name: defaultServiceCidrName }, spec: { cidrs: [...cidrs] } })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return client.get(serviceCIDRs, { name: defaultServiceCidrName })
  }
}

async function current(client: Client): Promise<ServiceCIDR | undefined> {
  try {
    return await client.get(serviceCIDRs, { name: defaultServiceCidrName })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
