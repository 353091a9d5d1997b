/** Logs, exec, attach, port-forward and proxies where there is nothing to connect to: what is refused, and in which words. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

type Json = Record<string, any>
const core = '/api/v1/namespaces/golden'
const make = (path: string, body: Json): Question => ({ key: `${body.kind} ${body.metadata.name}`, method: 'POST', path, body })
const get = (path: string, more: Partial<Question> = {}): Question => ({
  key: `${more.method ?? 'GET'} ${path}`,
  method: 'GET',
  path: `${core}${path}`,
  ...more,
})
const web = { name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80, name: 'http' }] }
const pod = (name: string, spec: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'golden' },
  spec: { automountServiceAccountToken: false, containers: [web], ...spec },
})
const two = { containers: [web, { name: 'side', image: 'x' }], initContainers: [{ name: 'first', image: 'x' }] }
const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'v5.channel.k8s.io',
}

const logs = [
  '',
  '?container=web',
  '?container=none',
  '?follow=x',
  '?tailLines=-1',
  '?tailLines=x',
  '?limitBytes=0',
  '?limitBytes=-1',
  '?sinceSeconds=0',
  '?sinceSeconds=-5',
  '?sinceSeconds=5&sinceTime=2026-01-02T03:04:05Z',
  '?sinceTime=x',
  '?previous=true',
  '?timestamps=maybe',
  '?stream=Stdout',
  '?stream=odd',
  '?stream=Stdout&tailLines=5',
  '?insecureSkipTLSVerifyBackend=true',
]
const execs = [
  '',
  '?command=ls',
  '?command=ls&container=none',
  '?command=ls&stdout=true',
  '?command=ls&stdout=true&container=none',
  '?command=ls&stdout=true&stderr=true&tty=true',
  '?stdout=true',
  '?command=ls&stdin=x',
  '?command=ls&stdout=true&container=web',
]

export const connections: Questionnaire = {
  setup: [
    ...inNamespace,
    make(`${core}/pods`, pod('waiting')),
    make(`${core}/pods`, pod('two', two)),
    make('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'bare' } }),
    make(`${core}/pods`, pod('placed', { nodeName: 'bare' })),
    make(`${core}/pods`, pod('lost', { nodeName: 'nowhere' })),
    make(`${core}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'golden' },
      spec: {
        clusterIP: 'None',
        ports: [
          { name: 'http', port: 80 },
          { name: 'more', port: 81 },
        ],
      },
    }),
    make(`${core}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'outside', namespace: 'golden' },
      spec: { type: 'ExternalName', externalName: 'example.com' },
    }),
  ],
  questions: [
    ...logs.map((query) => get(`/pods/waiting/log${query}`)),
    ...['', '?container=side', '?container=first', '?container=none'].map((query) => get(`/pods/two/log${query}`)),
    ...['/pods/none/log', '/pods/placed/log', '/pods/lost/log', '/pods/placed/log?container=none'].map((path) => get(path)),
    get('/pods/waiting/log', { method: 'POST', body: {} }),
    get('/pods/waiting/log', { method: 'DELETE' }),
    ...['exec', 'attach'].flatMap((door) => [
      ...execs.map((query) => get(`/pods/waiting/${door}${query}`, { method: 'POST' })),
      ...['?command=ls&stdout=true', '?command=ls&stdout=true&container=side', '?command=ls&stdout=true&container=none'].map((query) =>
        get(`/pods/two/${door}${query}`, { method: 'POST' }),
      ),
      ...['none', 'placed', 'lost'].map((name) => get(`/pods/${name}/${door}?command=ls&stdout=true`, { method: 'POST' })),
      get(`/pods/waiting/${door}?command=ls&stdout=true`),
      get(`/pods/waiting/${door}?command=ls&stdout=true`, { method: 'DELETE' }),
      get(`/pods/waiting/${door}?command=ls&stdout=true`, { method: 'PUT', body: {} }),
    ]),
    ...['waiting', 'placed', 'lost', 'none'].flatMap((name) => [
      get(`/pods/${name}/portforward`, { method: 'POST' }),
      get(`/pods/${name}/portforward?ports=80`, { method: 'POST' }),
      get(`/pods/${name}/portforward?ports=x`, { method: 'POST' }),
    ]),
    ...['waiting', 'none', 'waiting:80', 'waiting:http', 'waiting:none', 'waiting:0', 'waiting:99999', 'https:waiting:80', 'ftp:waiting:80', 'a:b:c:d'].flatMap(
      (name) => [get(`/pods/${name}/proxy`), get(`/pods/${name}/proxy/`), get(`/pods/${name}/proxy/path?x=y`, { method: 'POST', body: {} })],
    ),
    ...['none', 'web:82', 'none:80', 'none:http', 'ftp:web:http', 'a:b:c:d'].flatMap((name) => [
      get(`/services/${name}/proxy`),
      get(`/services/${name}/proxy/path`),
    ]),
    ...['bare', 'none', 'bare:10250', 'https:bare:10250', 'bare:x', 'ftp:bare:10250'].flatMap((name): Question[] => [
      { key: `node ${name}`, method: 'GET', path: `/api/v1/nodes/${name}/proxy` },
      { key: `node ${name}, path`, method: 'GET', path: `/api/v1/nodes/${name}/proxy/healthz` },
    ]),
    ...[
      '/pods/waiting/nothing',
      '/pods/waiting/log/more',
      '/pods/waiting/exec/more',
      '/services/web/nothing',
      '/pods/waiting/eviction',
      '/pods/waiting/ephemeralcontainers/x',
      '/configmaps/x/status',
      '/pods/waiting/scale',
    ].map((path) => get(path)),
    ...['exec', 'attach', 'portforward'].map((door) =>
      get(`/pods/waiting/${door}?command=ls&stdout=true&ports=80`, { key: `websocket to ${door}`, headers: upgrade }),
    ),
  ],
}
