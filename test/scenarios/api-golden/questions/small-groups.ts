/** Groups of one or two kinds: coordination, events, scheduling, node, apiregistration. */
import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/golden/leases'
const lease = (name: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'golden' },
  spec: {
    holderIdentity: 'me',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-02T03:04:05.000006Z',
    renewTime: '2026-01-02T03:04:05.000006Z',
    leaseTransitions: 1,
    strategy: 'OldestEmulationVersion',
    preferredHolder: 'you',
  },
})

const events = '/apis/events.k8s.io/v1/namespaces/golden/events'
const event = (name: string) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name, namespace: 'golden' },
  eventTime: '2026-01-02T03:04:05.000006Z',
  series: { count: 2, lastObservedTime: '2026-01-02T03:04:05.000006Z' },
  reportingController: 'example.com/maker',
  reportingInstance: 'maker-1',
  action: 'Making',
  reason: 'Made',
  regarding: { kind: 'Pod', apiVersion: 'v1', name: 'web', namespace: 'golden', uid: 'x' },
  related: { kind: 'Node', apiVersion: 'v1', name: 'one' },
  note: 'it is made',
  type: 'Normal',
})

const priorities = '/apis/scheduling.k8s.io/v1/priorityclasses'
const priority = (name: string) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value: 1000,
  globalDefault: false,
  description: 'for what matters',
  preemptionPolicy: 'Never',
})

const runtimes = '/apis/node.k8s.io/v1/runtimeclasses'
const runtime = (name: string) => ({
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name },
  handler: 'strict',
  overhead: { podFixed: { cpu: '10m', memory: '10Mi' } },
  scheduling: {
    nodeSelector: { 'example.com/strict': 'yes' },
    tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 3 }, { operator: 'Exists' }],
  },
})

const services = '/apis/apiregistration.k8s.io/v1/apiservices'
const service = (name: string) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name },
  spec: {
    group: 'golden.example.com',
    version: name.split('.')[0],
    service: { namespace: 'golden', name: 'api', port: 443 },
    groupPriorityMinimum: 1000,
    versionPriority: 10,
    insecureSkipTLSVerify: true,
  },
})
const dry = '?dryRun=All&fieldValidation=Strict'
const by = (label: string, path: string, bodies: readonly object[]): Question[] =>
  bodies.map((body, index) => ({ key: `create ${label} by hand ${index}`, method: 'POST', path: `${path}${dry}`, body }))

export const smallGroups: Questionnaire = {
  setup: [
    ...inNamespace,
    { key: 'lease', method: 'POST', path: leases, body: lease('kept') },
    { key: 'event', method: 'POST', path: events, body: event('kept') },
    { key: 'priority', method: 'POST', path: priorities, body: priority('kept') },
    { key: 'runtime', method: 'POST', path: runtimes, body: runtime('kept') },
  ],
  questions: [
    ...createEach('Lease', leases, lease('made')),
    ...updateEach('Lease', `${leases}/kept`, lease('kept'), { skip: ['metadata'] }),
    ...createEach('Event', events, event('made')),
    ...updateEach('Event', `${events}/kept`, event('kept'), { skip: ['metadata'] }),
    { key: 'Event as v1', method: 'GET', path: '/api/v1/namespaces/golden/events/kept', whole: true },
    ...createEach('PriorityClass', priorities, priority('made')),
    ...by('PriorityClass', priorities, [
      priority('system-made'),
      { ...priority('made'), value: 1000000001 },
      { ...priority('system-node-critical'), value: 2000001000 },
    ]),
    ...updateEach('PriorityClass', `${priorities}/kept`, priority('kept'), { skip: ['metadata'] }),
    ...createEach('RuntimeClass', runtimes, runtime('made')),
    ...updateEach('RuntimeClass', `${runtimes}/kept`, runtime('kept'), { skip: ['metadata', 'scheduling'] }),
    ...createEach('APIService', services, service('v1.golden.example.com')),
    ...by('APIService', services, [
      { ...service('v1.golden.example.com'), spec: { ...service('v1.golden.example.com').spec, insecureSkipTLSVerify: false } },
      { ...service('v1.golden.example.com'), spec: { ...service('v1.golden.example.com').spec, caBundle: 'YQ==' } },
      { ...service('v1.golden.example.com'), spec: { ...service('v1.golden.example.com').spec, insecureSkipTLSVerify: false, caBundle: 'YQ==' } },
      { ...service('v1.golden.example.com'), spec: { group: 'golden.example.com', version: 'v1', groupPriorityMinimum: 0, versionPriority: 1001 } },
      {
        ...service('v1.golden.example.com'),
        spec: { group: 'golden.example.com', version: 'v1', groupPriorityMinimum: 20001, versionPriority: 1, insecureSkipTLSVerify: true },
      },
      service('v2.other.example.com'),
    ]),
  ],
}
