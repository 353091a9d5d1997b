/** What becomes of releases: the real Helm and ours take turns, the interrupted are recovered, the unready explained. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { configMaps, namespaces, pods, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { decodeRelease, encodeRelease } from '#helm/storage/record.ts'
import { type HelmRig, noRealHelm, startHelmRig } from '#helm/testing/rig.ts'

async function rigFor(t: TestContext): Promise<HelmRig> {
  const rig = await startHelmRig()
  t.after(() => rig[Symbol.asyncDispose]())
  writeCharts(rig.dir)
  return rig
}

test('the real Helm and ours manage the same release in turns', { skip: noRealHelm }, async (t) => {
  const { ours, real, client } = await rigFor(t)
  const done = async (run: Promise<{ code: number; stdout: string; stderr: string }>): Promise<string> => {
    const { code, stdout, stderr } = await run
    assert.equal(code, 0, stderr)
    return stdout
  }
  await done(ours('install a ./web --set greeting=one'))
  await done(real('upgrade a ./web --set greeting=two'))
  await done(ours('upgrade a ./web --reuse-values --set extra=true'))
  assert.equal(await done(real('get values a -o json')), '{"extra":true,"greeting":"two"}\n')
  await done(real('rollback a 1'))
  await done(ours('rollback a 3'))
  const settings: any = await client.get(configMaps, { namespace: 'default', name: 'a-settings' })
  assert.equal(settings.data.greeting, 'two')
  assert.equal(await done(ours('history a -o json')), await done(real('history a -o json')))
  await done(real('uninstall a --keep-history'))
  await done(ours('rollback a 1'))
  await done(ours('uninstall a'))
  assert.equal(await done(real('list -q -a')).catch(() => ''), '')
})

/** Leaves a release as a helm does that was killed. */
async function interrupt({ client }: HelmRig, key: string, status: string, beat: number): Promise<void> {
  const secret: any = await client.get(secrets, { namespace: 'default', name: key })
  const release = decodeRelease(Buffer.from(secret.data.release, 'base64').toString('latin1'))
  release.info.status = status as typeof release.info.status
  secret.data.release = Buffer.from(encodeRelease(release)).toString('base64')
  secret.metadata.labels.status = status
  secret.metadata.annotations = { 'helm.k8ts.dev/heartbeat': String(beat) }
  await client.update(secrets, secret)
}

test('an upgrade whose process died does not block the next one', async (t) => {
  const rig = await rigFor(t)
  await rig.ours('install a ./plain')
  await rig.ours('upgrade a ./plain')
  await interrupt(rig, 'sh.helm.release.v1.a.v1', 'deployed', 0)
  await interrupt(rig, 'sh.helm.release.v1.a.v2', 'pending-upgrade', Date.now())
  const alive = await rig.ours('upgrade a ./plain')
  assert.match(alive.stderr, /another operation \(install\/upgrade\/rollback\) is in progress/)
  await interrupt(rig, 'sh.helm.release.v1.a.v2', 'pending-upgrade', Date.now() - 60_000)
  const next = await rig.ours('upgrade a ./plain')
  assert.equal(next.code, 0, next.stderr)
  assert.match(next.stderr, /an earlier operation was interrupted/)
  const { stdout } = await rig.ours('history a -o json')
  assert.deepEqual(
    JSON.parse(stdout).map((each: any) => each.status),
    ['superseded', 'failed', 'deployed'],
  )
})

for (const line of ['install a ./plain', 'upgrade a ./plain --install']) {
  test(`an installation whose process died is taken up by "${line}"`, async (t) => {
    const rig = await rigFor(t)
    await rig.ours('install a ./plain')
    await interrupt(rig, 'sh.helm.release.v1.a.v1', 'pending-install', Date.now() - 60_000)
    const next = await rig.ours(line)
    assert.equal(next.code, 0, next.stderr)
    assert.match((await rig.ours('list --deployed -q')).stdout, /^a$/m)
  })
}

test('a timed-out --wait tells what is not ready, and why', async (t) => {
  const { ours, client } = await rigFor(t)
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  await client.create(pods, {
    metadata: { name: 'a-1', namespace: 'default', labels: { app: 'web', release: 'a' } },
    spec: { nodeName: 'n', containers: [{ name: 'web', image: 'web:4.5' }] },
  })
  const pod: any = await client.get(pods, { namespace: 'default', name: 'a-1' })
  pod.status = {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'web',
        image: 'web:4.5',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
      },
    ],
  }
  await client.update(pods, pod, { subresource: 'status' })
  const { code, stderr } = await ours('install a ./web --wait --timeout 300ms')
  assert.equal(code, 1)
  assert.match(stderr, /resource Deployment\/default\/a not ready\. status: InProgress, message: Replicas: 0\/1\ncontext deadline exceeded/)
  assert.match(
    stderr,
    /^Deployment\/default\/a is not ready:\n {2}Deployment a has 0 of 1 pods ready\.\n[\s\S]*Container web waits for its image web:4\.5: no such image\./m,
  )
})

test('hooks run in the order of their weights, and a failing one stops the install', async (t) => {
  const { ours, client, dir } = await rigFor(t)
  cpSync(join(dir, 'plain'), join(dir, 'hooked'), { recursive: true })
  const job = (name: string, weight: number): string =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${name}\n  annotations:\n    helm.sh/hook: pre-install\n    helm.sh/hook-weight: "${weight}"\n    helm.sh/hook-delete-policy: hook-failed\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: a}]\n`
  writeFileSync(join(dir, 'hooked/templates/hooks.yaml'), `${job('second', 2)}---\n${job('first', -1)}`)
  const started: string[] = []
  const ended = new AbortController()
  const end = async (name: string, type: string): Promise<void> => {
    const job: any = await client.get({ group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true }, { namespace: 'default', name })
    const now = new Date().toISOString().replace(/\.\d+/, '')
    job.status = {
      startTime: now,
      conditions: [
        ...(type === 'Failed'
          ? [{ type: 'FailureTarget', status: 'True', lastTransitionTime: now }]
          : [{ type: 'SuccessCriteriaMet', status: 'True', lastTransitionTime: now }]),
        { type, status: 'True', lastTransitionTime: now, reason: 'BackoffLimitExceeded' },
      ],
      ...(type === 'Complete' ? { completionTime: now, succeeded: 1 } : { failed: 1 }),
    }
    await client.update({ group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true }, job, { subresource: 'status' })
  }
  const watching = (async () => {
    const jobs = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true }
    for await (const { type, object } of client.watch(jobs, { namespace: 'default', signal: ended.signal })) {
      if (type !== 'ADDED') continue
      started.push(object.metadata.name!)
      await end(object.metadata.name!, object.metadata.name === 'first' ? 'Complete' : 'Failed')
    }
  })()
  const { code, stderr } = await ours('install h ./hooked')
  ended.abort()
  await watching.catch(() => {})
  assert.equal(code, 1)
  assert.deepEqual(started, ['first', 'second'])
  assert.match(stderr, /failed pre-install: resource Job\/default\/second not ready\. status: Failed, message: Job Failed\. failed: 1\/1/)
  const left = await client.list({ group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true }, { namespace: 'default' })
  assert.deepEqual(
    left.items.map(({ metadata }) => metadata.name),
    ['first'],
  )
  assert.equal(
    (await client.list(configMaps, { namespace: 'default' })).items.some(({ metadata }) => metadata.name === 'h-one'),
    false,
  )
})

test('a post-renderer plugin changes what is installed, hooks too', async (t) => {
  const { ours, client, dir } = await rigFor(t)
  const plugin = join(dir, '.local/share/helm/plugins/change')
  mkdirSync(plugin, { recursive: true })
  writeFileSync(
    join(plugin, 'plugin.yaml'),
    'apiVersion: v1\nname: change\nversion: 1.0.0\ntype: postrenderer/v1\nruntime: subprocess\nruntimeConfig:\n  platformCommand:\n  - command: sed\n    args: ["-e", "s/a: \\"1\\"/a: \\"2\\"/"]\n',
  )
  const { code, stderr } = await ours('install p ./plain --post-renderer change')
  assert.equal(code, 0, stderr)
  const made: any = await client.get(configMaps, { namespace: 'default', name: 'p-one' })
  assert.equal(made.data.a, '2')
  assert.match((await ours('install q ./plain --post-renderer none')).stderr, /plugin: \{Name:none Type:postrenderer\/v1\} not found/)
})

test('releases may be kept in ConfigMaps, and --create-namespace makes theirs', async (t) => {
  const { ours, client } = await rigFor(t)
  const { code, stderr } = await ours('install a ./plain -n fresh --create-namespace')
  assert.equal(code, 0, stderr)
  const made = await client.get(namespaces, { name: 'fresh' })
  assert.equal(made.metadata.labels?.name, 'fresh')
})
