/** Ingress. */
import { type Ingress, IngressSchema } from '#api/gen/networking/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { keepStatus, raiseGeneration, startFresh, updateStatus } from '../../doors.ts'
import { validateIngress } from './validate-ingress.ts'

export const ingress: ResourceDefinition<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  schema: IngressSchema,
  create: { prepare: startFresh(IngressSchema), validate: validateIngress },
  update: {
    prepare: (object, old) => {
      keepStatus(object, old)
      raiseGeneration(object, old, (each) => (each as Ingress).spec)
    },
    validate: validateIngress,
  },
  status: { prepare: updateStatus },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text(
      'Class',
      ({ metadata, spec }) => spec.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? '<none>',
      'Which controller serves it.',
    ),
    text('Hosts', hosts, 'The host names it is for.'),
    text('Address', addresses, 'Where it can be reached.'),
    text('Ports', ({ spec }) => ((spec.tls?.length ?? 0) > 0 ? '80, 443' : '80'), 'The ports it is served on.'),
    ageColumn(),
  ],
}

const hostsShownAtMost = 3

function hosts({ spec }: Ingress): string {
  const names = (spec.rules ?? []).filter(({ http }) => http).map(({ host }) => host || '*')
  if (names.length === 0) return '*'
  const shown = names.slice(0, hostsShownAtMost).join(',')
  return names.length > hostsShownAtMost ? `${shown} + ${names.length - hostsShownAtMost} more...` : shown
}

function addresses({ status }: Ingress): string {
  return (status.loadBalancer?.ingress ?? [])
    .map(({ ip, hostname }) => ip || hostname)
    .filter(Boolean)
    .join(',')
}
