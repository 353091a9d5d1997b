/** Ingress. */
import { type Ingress, IngressSchema } from '#api/gen/networking/v1.ts'
import { path } from '#apimachinery/field-error.ts'
import { ipWarnings } from '../../ip-warnings.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { keepStatus, raiseGeneration, startFresh, updateStatus } from '../../doors.ts'
import { validateIngress, validateIngressStatus, validateIngressUpdate } from './validate-ingress.ts'

export const ingress: ResourceDefinition<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  schema: IngressSchema,
  create: { prepare: startFresh(IngressSchema), validate: validateIngress, warnings: classWarnings },
  update: {
    looks: ['metadata-change', 'metadata', 'rules'],
    prepare: (object, old) => {
      keepStatus(object, old)
      raiseGeneration(object, old, (each) => (each as Ingress).spec)
    },
    validate: validateIngressUpdate,
  },
  status: { prepare: updateStatus, validate: validateIngressStatus, warnings: statusWarnings },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Class', ({ spec }) => spec.ingressClassName ?? '<none>', 'Which controller serves it.'),
    text('Hosts', hosts, 'The host names it is for.'),
    text('Address', addresses, 'Where it can be reached.'),
    text('Ports', ({ spec }) => ((spec.tls?.length ?? 0) > 0 ? '80, 443' : '80'), 'The ports it is served on.'),
    ageColumn(),
  ],
}

const classAnnotation = 'kubernetes.io/ingress.class'

function classWarnings({ metadata, spec }: Ingress): string[] {
  if (metadata.annotations?.[classAnnotation] === undefined || spec.ingressClassName !== undefined) return []
  return [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
}

function statusWarnings({ status }: Ingress): string[] {
  return (status.loadBalancer?.ingress ?? []).flatMap(({ ip }, position) =>
    ip ? ipWarnings(path('status', 'loadBalancer', 'ingress').index(position).child('ip'), ip) : [],
  )
}

const hostsShownAtMost = 3

/** What is beyond the first three is counted in rules, as upstream does. */
function hosts({ spec }: Ingress): string {
  const rules = spec.rules ?? []
  const shown: string[] = []
  for (const { host } of rules) {
    if (shown.length === hostsShownAtMost) return `${shown.join(',')} + ${rules.length - hostsShownAtMost} more...`
    if (host) shown.push(host)
  }
  return shown.join(',') || '*'
}

function addresses({ status }: Ingress): string {
  const found = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || [])
  return [...new Set(found)].sort().join(',')
}
