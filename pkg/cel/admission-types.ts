/** The types of what admission gives to expressions beside the object: the request and its namespace (k8s.io/apiserver's plugin/cel). */
import { type CelKind, type CelType, dyn } from './decl-type.ts'

const simple = (kind: CelKind): CelType => ({ kind })
const list = (element: CelType): CelType => ({ kind: 'list', element })
const map = (element: CelType): CelType => ({ kind: 'map', key: simple('string'), element })
const text = simple('string')
const object = (name: string, fields: Readonly<Record<string, CelType>>): CelType => ({ kind: 'object', name, fields: new Map(Object.entries(fields)) })
const texts = (names: string): Record<string, CelType> => Object.fromEntries(names.split(' ').map((name) => [name, text]))

const kindType = object('kubernetes.GroupVersionKind', texts('group version kind'))
const resourceType = object('kubernetes.GroupVersionResource', texts('group version resource'))
export const requestType = object('kubernetes.AdmissionRequest', {
  ...texts('subResource requestSubResource name namespace operation'),
  kind: kindType,
  requestKind: kindType,
  resource: resourceType,
  requestResource: resourceType,
  userInfo: object('kubernetes.UserInfo', { ...texts('username uid'), groups: list(text), extra: map(list(text)) }),
  dryRun: simple('bool'),
  options: dyn,
})
export const namespaceType = object('kubernetes.Namespace', {
  metadata: object('kubernetes.NamespaceMetadata', {
    ...texts('name generateName namespace UID resourceVersion'),
    labels: map(text),
    annotations: map(text),
    creationTimestamp: simple('timestamp'),
    deletionTimestamp: simple('timestamp'),
    deletionGracePeriodSeconds: simple('int'),
    generation: simple('int'),
    finalizers: list(text),
  }),
  spec: object('kubernetes.NamespaceSpec', { finalizers: list(text) }),
  status: object('kubernetes.NamespaceStatus', {
    phase: text,
    conditions: list(object('kubernetes.NamespaceCondition', { ...texts('status type message reason'), lastTransitionTime: simple('timestamp') })),
  }),
})
