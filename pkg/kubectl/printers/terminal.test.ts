import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startRig } from '../testing/rig.ts'

const rig = await startRig()
after(() => rig[Symbol.asyncDispose]())

const bad = '\u001b[31mred\u001b[0m\r\u009b2J'
const annotations = { note: bad, 'kubernetes.io/change-cause': bad, description: bad }
const template = (name: string) => ({
  metadata: { labels: { app: name }, annotations },
  spec: { containers: [{ name: 'c', image: 'i', command: [bad], args: [bad], env: [{ name: 'A', value: bad }] }] },
})

const objects: readonly object[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', annotations }, data: { key: bad } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', annotations }, data: { key: Buffer.from(bad).toString('base64') } },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', annotations }, spec: template('p').spec },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'v', annotations }, spec: { type: 'ExternalName', externalName: 'x.example.com' } },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', annotations }, spec: { taints: [] } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', annotations },
    spec: { selector: { matchLabels: { app: 'd' } }, template: template('d') },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'j', annotations },
    spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template: { spec: { ...template('j').spec, restartPolicy: 'Never' } } } } },
  },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'pc', annotations }, value: 1, description: bad },
  {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default', apiVersion: 'v1' },
    reason: bad,
    message: bad,
    type: 'Warning',
    source: { component: bad },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
  },
]

const lines: readonly string[] = [
  'get cm,secret,pod,svc,node,deploy,cronjob,pc,events',
  'get cm,secret,pod,svc,deploy,cronjob,pc -o wide',
  'get events',
  'get pods -o custom-columns=A:.metadata.annotations.note,B:.spec.containers[*].command',
  'get cm c -o yaml',
  'get cm c -o json',
  'get cm c -o kyaml',
  'get cm c -o name',
  'describe cm,secret,pod,svc,node,deploy,cronjob,pc',
  'describe events',
  'events',
  'events --for pod/p',
  'rollout history deploy d',
  'rollout history deploy d --revision=1',
  'apply view-last-applied cm/c',
  'annotate cm c --list',
  'set env pod p --list',
  'why pod/p',
  'diff -f -',
]

test('escape sequences in what the cluster says do not reach the terminal', async () => {
  await rig.ours('create serviceaccount default')
  for (const object of objects) {
    const { code, stderr } = await rig.ours(['apply', '-f', '-', '--server-side'], JSON.stringify(object))
    assert.equal(code, 0, stderr)
  }
  await rig.ours('apply -f -', JSON.stringify(objects[0]))
  const raw: string[] = []
  for (const line of lines) {
    const { stdout, stderr } = await rig.ours(line, line.startsWith('diff') ? JSON.stringify({ ...objects[0], data: { key: `${bad}!` } }) : '')
    // JSON keeps what JSON may hold as it is, for programs; the sequence itself is escaped there too.
    const harmful = / -o (json|kyaml)$/.test(line) ? ['\u001b', '\r'] : ['\u001b', '\u009b', '\r']
    const told = (stdout + stderr).split('\n').filter((each) => harmful.some((character) => each.includes(character)))
    if (told.length > 0) raw.push(`${line}: ${JSON.stringify(told)}`)
  }
  assert.deepEqual(raw, [])
})
