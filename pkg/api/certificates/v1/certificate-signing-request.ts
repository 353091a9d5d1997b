/** CertificateSigningRequest. Who asked is set by the API server; only the approval and status doors change anything. */
import { type CertificateSigningRequest, CertificateSigningRequestSchema, type CertificateSigningRequestStatus } from '#api/gen/certificates/v1.ts'
import { humanDuration } from '../../ages.ts'
import { rfc3339 } from '#base/clock.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { keepSpec, keepStatus } from '../../doors.ts'
import { validateSigningRequest, validateSigningRequestUpdate } from './validate.ts'

export const certificateSigningRequest: ResourceDefinition<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  schema: CertificateSigningRequestSchema,
  create: {
    prepare: (object, { user, identity }) => {
      for (const key of ['username', 'uid', 'groups', 'extra'] as const) delete object.spec[key]
      if (user !== undefined) object.spec.username = user
      if (identity?.uid) object.spec.uid = identity.uid
      if (identity && identity.groups.length > 0) object.spec.groups = [...identity.groups]
      if (identity?.extra) object.spec.extra = Object.fromEntries(Object.entries(identity.extra).map(([key, values]) => [key, [...values]]))
      object.status = {}
    },
    validate: (object) => validateSigningRequest(object),
  },
  update: {
    prepare: (object, old) => {
      keepSpec(object, old)
      keepStatus(object, old)
    },
    validate: validateSigningRequestUpdate({}),
    looks: ['metadata', 'rules', 'metadata-change'],
    resets: [['spec'], ['status']],
  },
  status: {
    prepare: (object, old, { now }) => {
      keepSpec(object, old)
      const conditions = withApprovalsOf(object.status, old.status)
      object.status = { ...object.status, ...(conditions ? { conditions } : {}) }
      stampConditions(object, old, now)
    },
    validate: validateSigningRequestUpdate({ certificate: true }),
    looks: ['metadata', 'rules', 'metadata-change'],
    resets: [['spec'], ['status', 'conditions']],
  },
  subresources: {
    approval: {
      prepare: (object, old, { now }) => {
        keepSpec(object, old)
        const { conditions } = object.status
        object.status = { ...old.status, conditions }
        stampConditions(object, old, now)
      },
      validate: validateSigningRequestUpdate({ approval: true }),
      looks: ['metadata', 'rules', 'metadata-change'],
      resets: [['spec'], ['status', 'certificate']],
    },
  },
  validateName: () => [],
  allowUnconditionalUpdate: true,
  selectableFields: ({ spec }) => ({ 'spec.signerName': spec.signerName ?? '' }),
  columns: [
    nameColumn(),
    ageColumn(),
    text('SignerName', ({ spec }) => spec.signerName || '<none>', 'Who is asked to sign.'),
    text('Requestor', ({ spec }) => spec.username ?? '', 'Who asked.'),
    text('RequestedDuration', ({ spec }) => (spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000)), 'For how long.'),
    text('Condition', condition, 'Whether it is approved and issued.'),
  ],
}

function condition({ status }: CertificateSigningRequest): string {
  const types = new Set((status.conditions ?? []).map(({ type }) => type))
  const words = [types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending']
  if (types.has('Failed')) words.push('Failed')
  if (status.certificate) words.push('Issued')
  return words.join(',')
}

/** The status door leaves approvals and denials as they were; more or fewer of them are for validation to refuse. */
function withApprovalsOf({ conditions }: CertificateSigningRequestStatus, old: CertificateSigningRequestStatus) {
  let kept = conditions
  for (const type of ['Approved', 'Denied']) {
    const before = (old.conditions ?? []).filter((each) => each.type === type)
    if (kept?.filter((each) => each.type === type).length !== before.length) continue
    kept = kept.map((each) => (each.type === type ? before.shift()! : each))
  }
  return kept
}

function stampConditions({ status }: CertificateSigningRequest, old: CertificateSigningRequest, now: number): void {
  const time = rfc3339(now)
  status.conditions = status.conditions?.map((each) => {
    const before = old.status.conditions?.find(({ type }) => type === each.type)
    const changed = before?.status === each.status ? before?.lastTransitionTime : undefined
    return { ...each, lastUpdateTime: each.lastUpdateTime ?? time, lastTransitionTime: each.lastTransitionTime ?? changed ?? time }
  })
  if (!status.conditions) delete status.conditions
}
