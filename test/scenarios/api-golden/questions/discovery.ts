import type { Question, Questionnaire } from '../types.ts'

/** The groups and versions of a default server, in the order in which it lists them. */
const groupVersions = [
  'apiregistration.k8s.io/v1',
  'apps/v1',
  'events.k8s.io/v1',
  'authentication.k8s.io/v1',
  'authorization.k8s.io/v1',
  'autoscaling/v2',
  'autoscaling/v1',
  'batch/v1',
  'certificates.k8s.io/v1',
  'networking.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'storage.k8s.io/v1',
  'admissionregistration.k8s.io/v1',
  'apiextensions.k8s.io/v1',
  'scheduling.k8s.io/v1',
  'coordination.k8s.io/v1',
  'node.k8s.io/v1',
  'discovery.k8s.io/v1',
  'flowcontrol.apiserver.k8s.io/v1',
  'resource.k8s.io/v1',
]

/** Groups that a default server has only in versions it does not serve, or not at all. */
const notServed = [
  'internal.apiserver.k8s.io/v1alpha1',
  'storagemigration.k8s.io/v1beta1',
  'admissionregistration.k8s.io/v1beta1',
  'admissionregistration.k8s.io/v1alpha1',
  'authentication.k8s.io/v1beta1',
  'certificates.k8s.io/v1beta1',
  'certificates.k8s.io/v1alpha1',
  'coordination.k8s.io/v1beta1',
  'networking.k8s.io/v1beta1',
  'resource.k8s.io/v1beta1',
  'resource.k8s.io/v1beta2',
  'resource.k8s.io/v1alpha3',
  'scheduling.k8s.io/v1alpha1',
  'scheduling.k8s.io/v1alpha2',
  'storage.k8s.io/v1beta1',
  'batch/v1beta1',
]

const groups = [...new Set([...groupVersions, ...notServed].map((each) => each.slice(0, each.indexOf('/'))))]

const get = (path: string, key = path, headers?: Record<string, string>): Question => ({ key, method: 'GET', path, ...(headers ? { headers } : {}) })

const accepted = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v1;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList, application/vnd.kubernetes.protobuf;q=0.1',
  'application/yaml',
  'application/yaml;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  '*/*',
]

/** Which groups, versions, resources, verbs, short names, categories and subresources there are, and the lists that a fresh server has. */
export const discovery: Questionnaire = {
  setup: [],
  questions: [
    ...['/api', '/api/v1', '/apis/apps', '/apis/apps/v1'].flatMap((path) =>
      accepted.filter((accept) => path !== '/api' || !accept.startsWith('application/yaml')).map((accept) => get(path, `${path} as ${accept}`, { accept })),
    ),
    // What else there is in these lists: metrics.k8s.io, which ours serves itself.
    ...accepted.filter((accept) => !accept.startsWith('application/yaml')).map((accept) => get('/apis', `/apis as ${accept}`, { accept })),
    ...groups.map((group) => get(`/apis/${group}`)),
    ...[...groupVersions, ...notServed].map((each) => get(`/apis/${each}`)),
    get('/api'),
    get('/apis'),
    get('/api/v1'),
    get('/apis/'),
    get('/api/'),
    get('/apis/none'),
    get('/apis/none/v1'),
    get('/api/v2'),
  ],
}
