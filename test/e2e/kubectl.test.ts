/** Everything that issue and habit ask of kubectl, with the real program against a real cluster. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '#cluster/host/exec.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import { testImagesArchive } from '../images/index.ts'
import { type E2eCluster, eventually, missingForCluster, missingKubectl, startCluster } from './cluster.ts'
import { endRunning, type Kubectl, kubectlOf, kubectlVersions } from './kubectl-program.ts'
import { fetchText } from './load.ts'

const skip = missingForCluster() ?? missingKubectl() ?? false
const namespace = 'kc'
const node = 'kc-node-1'
const tools = 'k8ts.test/tools:1'

const web = (colour: string, extra = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: myregistry/api:1.5.0
        ports: [{containerPort: 3000, name: http}]
        env: [{name: COLOUR, value: ${colour}}${extra && ', {name: EXTRA, value: "1"}'}]
        readinessProbe: {httpGet: {path: /health, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings${extra && ', labels: {extra: "1"}'}}
data: {kept: "yes"${extra && ', dropped: "yes"'}}
`

const twoContainers = `
apiVersion: v1
kind: Pod
metadata: {name: tool, labels: {app: tool}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: a, image: ${tools}, command: [sh, -c, 'echo to-stdout; echo to-stderr >&2; exec sleep 100000']}
  - {name: b, image: ${tools}, command: [sh, -c, 'for i in $(seq 1 20); do echo line $i; done; while true; do date; sleep 1; done']}
---
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: ${tools}, command: [sh, -c, 'echo ran; exit 3']}
---
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: sh, image: ${tools}, command: [sh], stdin: true}
`

/** One object for each trouble that only a real cluster shows. */
const troubles = `
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: ${tools}, command: [sh, -c, 'echo starting; echo no database; exit 3']}
---
apiVersion: v1
kind: Pod
metadata: {name: greedy}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: ${tools}, command: [sh, -c, 'x=a; while true; do x=$x$x; done'], resources: {limits: {memory: 20Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: unready, labels: {app: unready}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: ${tools}, command: [sleep, '100000'], ports: [{containerPort: 80}], readinessProbe: {exec: {command: [cat, /nope]}, periodSeconds: 1}}
---
apiVersion: v1
kind: Pod
metadata: {name: well, labels: {app: well, tier: front}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: ${tools}, command: [sleep, '100000'], ports: [{containerPort: 80, name: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: huge}
spec:
  containers: [{name: c, image: ${tools}, resources: {requests: {cpu: '9000'}}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: unbound}
spec: {storageClassName: gone, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: typo}
spec: {selector: {app: wlel, tier: front}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: wrong}
spec: {selector: {app: well}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: unready}
spec: {selector: {app: unready}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: accountless}
spec:
  selector: {matchLabels: {app: accountless}}
  template:
    metadata: {labels: {app: accountless}}
    spec: {serviceAccountName: gone, containers: [{name: c, image: ${tools}}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: failing}
spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: c, image: ${tools}, command: [sh, -c, 'echo bad input; exit 4']}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: held, finalizers: [k8ts.test/guard]}
`

describe('the real kubectl', { skip }, () => {
  let cluster: E2eCluster
  let k: Kubectl
  let files: string
  const file = (name: string, content: string): string => {
    const path = join(files, name)
    writeFileSync(path, content)
    return path
  }

  before(async () => {
    files = mkdtempSync(join(tmpdir(), 'k8ts-kubectl-'))
    cluster = await startCluster({ name: 'kc', port: 16550 })
    await cluster.k8ts(['image', 'load', await testImagesArchive()])
    k = kubectlOf(cluster, namespace)
    await k(`create namespace ${namespace}`)
  })
  after(async () => {
    endRunning()
    await cluster?.delete()
    rmSync(files, { recursive: true, force: true })
  })

  test('apply creates, applies again what changed and takes away what is gone; diff shows it first', async () => {
    const first = file('web.yaml', web('red', 'more'))
    assert.equal(await k(`apply -f ${first}`), 'deployment.apps/web created\nservice/web created\nconfigmap/settings created\n')
    assert.equal(await k(`apply -f ${first}`), 'deployment.apps/web unchanged\nservice/web unchanged\nconfigmap/settings unchanged\n')
    await k('rollout status deployment/web --timeout=60s')
    assert.equal(await k(`diff -f ${first}`), '')
    const second = file('web.yaml', web('blue'))
    const { code, text } = await k.fails(`diff -f ${second}`)
    assert.equal(code, 1)
    assert.match(text, /^-\s+value: red$/m)
    assert.match(text, /^\+\s+value: blue$/m)
    assert.match(text, /^-\s+dropped: "?yes"?$/m)
    assert.equal(await k(`apply -f ${second}`), 'deployment.apps/web configured\nservice/web unchanged\nconfigmap/settings configured\n')
    assert.equal(await k("get configmap settings -o jsonpath='{.data} {.metadata.labels}'"), '{"kept":"yes"} ')
    assert.equal(await k("get deployment web -o jsonpath='{.spec.template.spec.containers[0].env}'"), '[{"name":"COLOUR","value":"blue"}]')
    await k('rollout status deployment/web --timeout=60s')
  })

  test('apply --server-side tells of conflicts, and takes the fields over when told to', async () => {
    const of = (value: string): string => file('owned.yaml', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {x: "${value}"}\n`)
    assert.equal(await k(`apply --server-side --field-manager=one -f ${of('1')}`), 'configmap/owned serverside-applied\n')
    const { text } = await k.fails(`apply --server-side --field-manager=two -f ${of('2')}`)
    assert.match(text, /Apply failed with 1 conflict: conflict with "one": \.data\.x/)
    assert.equal(await k("get configmap owned -o jsonpath='{.data.x}'"), '1')
    await k(`apply --server-side --field-manager=two --force-conflicts -f ${of('2')}`)
    assert.equal(await k("get configmap owned --show-managed-fields -o jsonpath='{.data.x} {.metadata.managedFields[*].manager}'"), '2 two')
    assert.equal(
      await k(`apply --server-side --field-manager=one --dry-run=server --force-conflicts -f ${of('3')}`),
      'configmap/owned serverside-applied (server dry run)\n',
    )
    assert.equal(await k("get configmap owned -o jsonpath='{.data.x}'"), '2')
  })

  test('get prints tables, wide tables, yaml, json, paths, templates, names and columns, and sorts and selects', async () => {
    assert.match(await k('get deployments'), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +\d+s\n$/)
    assert.match(await k('get deploy -o wide'), /CONTAINERS +IMAGES +SELECTOR\nweb .* web +myregistry\/api:1\.5\.0 +app=web\n$/)
    assert.match(
      await k('get pods -l app=web -o wide'),
      new RegExp(`NODE +NOMINATED NODE +READINESS GATES\\n(web-\\S+ +1/1 +Running +0 +\\S+ +10\\.\\S+ +${node} +<none> +<none>\\n){2}$`),
    )
    assert.match(await k('get deployment web -o yaml'), /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n/)
    assert.equal(JSON.parse(await k('get deployment web -o json')).spec.replicas, 2)
    assert.equal(await k("get pods -l app=web -o jsonpath='{.items[*].status.phase}'"), 'Running Running')
    assert.equal(await k("get configmap settings -o 'go-template={{.data.kept}}'"), 'yes')
    assert.match(await k('get all -o name'), /^(pod\/web-\S+\n){2}service\/web\ndeployment\.apps\/web\n(replicaset\.apps\/web-\S+\n){2}$/)
    assert.match(await k('get pods -A --field-selector status.phase=Running,spec.nodeName=kc-node-1'), /^NAMESPACE +NAME/)
    assert.equal(await k.may('get pods --field-selector status.phase=Failed').then(({ stderr }) => stderr), 'No resources found in kc namespace.\n')
    assert.match(await k('get pods --sort-by=.metadata.name -o custom-columns=N:.metadata.name,P:.status.phase'), /^N +P\nweb-\S+ +Running\nweb-/)
    assert.match(await k('get pods --show-labels -L app'), /APP +LABELS\n.* web +app=web,pod-template-hash=/)
    assert.match(await k('get pod,deploy,svc,cm'), /pod\/web-[\s\S]*deployment\.apps\/web[\s\S]*service\/web[\s\S]*configmap\/settings/)
    assert.match(await k('get pods --chunk-size=1 -o name'), /^(pod\/web-\S+\n){2}$/)
    assert.match(await k('get deployment web --subresource=scale'), /^NAME +DESIRED +AVAILABLE +AGE\nweb +2 +2 +\S+\n$/)
    assert.match((await k.fails('get pods absent')).text, /^Error from server \(NotFound\): pods "absent" not found\n$/)
    assert.match((await k.fails('get absents')).text, /the server doesn't have a resource type "absents"/)
    assert.equal(await k('get --raw /healthz'), 'ok')
  })

  test('get -w follows what happens', async () => {
    const watch = k.start('get configmaps -w --no-headers')
    await watch.seen(/settings/)
    await k('create configmap watched --from-literal=a=1')
    await watch.seen(/^watched +1 /m)
    await k(`patch configmap watched -p '{"data":{"b":"2"}}'`)
    await watch.seen(/^watched +2 /m)
    await watch.stop()
    const events = k.start('get configmaps watched -w --output-watch-events')
    await events.seen(/ADDED/)
    await k('delete configmap watched')
    await events.seen(/DELETED/)
    await events.stop()
  })

  test('create makes each kind from its flags', async () => {
    const created = async (line: string, expected: string): Promise<void> => assert.equal(await k(`create ${line}`), `${expected} created\n`)
    await created('deployment made --image=nginx:1.25-alpine --replicas=1 --port=80', 'deployment.apps/made')
    await created('configmap made --from-literal=a=b', 'configmap/made')
    await created('secret generic made --from-literal=p=q', 'secret/made')
    await created('secret docker-registry pull --docker-username=u --docker-password=p --docker-server=s', 'secret/pull')
    await created(`job made --image=${tools} -- echo from-job`, 'job.batch/made')
    await created(`cronjob made --image=${tools} --schedule='0 0 1 1 *' -- echo hi`, 'cronjob.batch/made')
    await created('namespace made', 'namespace/made')
    await created('serviceaccount robot', 'serviceaccount/robot')
    await created('role reader --verb=get,list --resource=pods', 'role.rbac.authorization.k8s.io/reader')
    await created('rolebinding robot-reads --role=reader --serviceaccount=kc:robot', 'rolebinding.rbac.authorization.k8s.io/robot-reads')
    await created('clusterrole nodes --verb=get --resource=nodes', 'clusterrole.rbac.authorization.k8s.io/nodes')
    await created('clusterrolebinding robot-nodes --clusterrole=nodes --serviceaccount=kc:robot', 'clusterrolebinding.rbac.authorization.k8s.io/robot-nodes')
    await created('quota made --hard=pods=50', 'resourcequota/made')
    await created('poddisruptionbudget made --selector=app=made --min-available=1', 'poddisruptionbudget.policy/made')
    await created('priorityclass made --value=10', 'priorityclass.scheduling.k8s.io/made')
    await created('ingress made --rule=foo/bar=web:80', 'ingress.networking.k8s.io/made')
    await created('service clusterip made --tcp=80:80', 'service/made')
    await created('service nodeport made-np --tcp=80:80', 'service/made-np')
    await created('service externalname made-en --external-name=example.invalid', 'service/made-en')
    assert.match((await k.fails('create configmap made')).text, /error: failed to create configmap: configmaps "made" already exists/)
    await k('wait --for=condition=complete job/made --timeout=60s')
    assert.equal(await k('logs job/made'), 'from-job\n')
    await k('wait --for=condition=Available deployment/made --timeout=60s')
    await k("wait --for=jsonpath='{.status.readyReplicas}'=1 deployment/made --timeout=30s")
    assert.match(
      await k.fails('wait --for=delete configmap/made --timeout=1s').then(({ text }) => text),
      /timed out waiting for the condition on configmaps\/made/,
    )
    assert.equal(await k('delete namespace made'), 'namespace "made" deleted\n')
  })

  test('a token made by kubectl is who its service account is, and may what its roles allow', async () => {
    const token = (await k('create token robot --duration=10m')).trim()
    const server = `https://127.0.0.1:16550`
    // A kubeconfig with nothing in it: a client certificate would win over the token.
    const kubeconfig = file('robot.kubeconfig', 'apiVersion: v1\nkind: Config\n')
    const robot = (...args: string[]) =>
      run(['kubectl', `--kubeconfig=${kubeconfig}`, `--server=${server}`, `--token=${token}`, '--insecure-skip-tls-verify', '-n', namespace, ...args])
    assert.match((await robot('auth', 'whoami')).stdout, /Username +system:serviceaccount:kc:robot/)
    assert.equal((await robot('get', 'pods', '-o', 'name')).code, 0)
    assert.equal(
      (await robot('get', 'secrets')).stderr,
      'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:kc:robot" cannot list resource "secrets" in API group "" in the namespace "kc"\n',
    )
    assert.equal(await k('auth can-i list pods --as=system:serviceaccount:kc:robot'), 'yes\n')
    assert.equal((await k.fails('auth can-i create pods --as=system:serviceaccount:kc:robot')).text, 'no\n')
    assert.match(await k('auth can-i --list --as=system:serviceaccount:kc:robot'), /^pods +\[\] +\[\] +\[get list\]$/m)
    assert.match(await k('auth whoami'), /Username +kubernetes-admin/)
  })

  test('describe tells of every main kind', async () => {
    assert.match(
      await k('describe deployment web'),
      /Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable[\s\S]*NewReplicaSet: +web-\S+ \(2\/2 replicas created\)[\s\S]*ScalingReplicaSet/,
    )
    assert.match(
      await k('describe pods -l app=web'),
      /Controlled By: +ReplicaSet\/web-[\s\S]*Successfully assigned kc\/web-\S+ to kc-node-1[\s\S]*Container started/,
    )
    assert.match(await k('describe service web'), /Endpoints: +10\.\S+:3000,10\.\S+:3000/)
    assert.match(await k(`describe node ${node}`), /Ready +True [\s\S]*KubeletReady[\s\S]*Non-terminated Pods:[\s\S]*Allocated resources:/)
    for (const [kind, expected] of Object.entries({
      replicaset: /Controlled By: +Deployment\/web/,
      'namespace kc': /Status: +Active/,
      'configmap settings': /kept:\n----\nyes/,
      'secret made': /p: +1 bytes/,
      'job made': /Pods Statuses: +0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed/,
      'cronjob made': /Schedule: +0 0 1 1 \*/,
      'serviceaccount robot': /Name: +robot/,
      'role reader': /pods +\[\] +\[\] +\[get list\]/,
      'rolebinding robot-reads': /ServiceAccount +robot +kc/,
      'ingress made': /\/bar +web:80 \(10\./,
      'quota made': /pods +\d+ +50|Resource +Used +Hard/,
      'poddisruptionbudget made': /Min available: +1/,
      'priorityclass made': /Value: +10/,
      'endpoints web': /Addresses: +10\./,
      endpointslice: /AddressType: +IPv4/,
    }))
      assert.match(await k(`describe ${kind}`), expected, kind)
    assert.match((await k.fails('describe pod absent')).text, /pods "absent" not found/)
  })

  test('edit, patch, label, annotate, set and replace change what they should and nothing else', async () => {
    assert.equal(await k('edit configmap settings', { env: { KUBE_EDITOR: 'sed -i s/yes/edited/' } }), 'configmap/settings edited\n')
    assert.equal(await k("get configmap settings -o jsonpath='{.data.kept}'"), 'edited')
    assert.equal((await k.may('edit configmap settings', { env: { KUBE_EDITOR: 'true' } })).stderr, 'Edit cancelled, no changes made.\n')
    await k(`patch deployment made -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","env":[{"name":"Z","value":"z"}]}]}}}}'`)
    assert.equal(
      await k("get deployment made -o jsonpath='{.spec.template.spec.containers[*].image} {.spec.template.spec.containers[0].env[0].value}'"),
      'nginx:1.25-alpine z',
    )
    await k(`patch deployment made --type=merge -p '{"metadata":{"annotations":{"note":"x"}}}'`)
    await k(
      `patch deployment made --type=json -p '[{"op":"test","path":"/metadata/annotations/note","value":"x"},{"op":"replace","path":"/spec/replicas","value":2}]'`,
    )
    assert.match(
      (await k.fails(`patch deployment made --type=json -p '[{"op":"test","path":"/metadata/annotations/note","value":"y"}]'`)).text,
      /The request is invalid: the server rejected our request due to an error in our request/,
    )
    assert.match(
      (await k.fails(`patch deployment made -p '{"spec":{"replicas":-1}}'`)).text,
      /^The Deployment "made" is invalid: spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
    )
    await k(`patch deployment made --subresource=scale --type=merge -p '{"spec":{"replicas":1}}'`)
    assert.equal(await k("get deployment made -o jsonpath='{.spec.replicas}'"), '1')
    assert.equal(await k('label deployment made x=y'), 'deployment.apps/made labeled\n')
    assert.match((await k.fails('label deployment made x=z')).text, /'x' already has a value \(y\), and --overwrite is false/)
    await k('label --overwrite deployment made x=z')
    assert.equal(await k('get deployment -l x=z -o name'), 'deployment.apps/made\n')
    assert.equal(await k('label deployment made x-'), 'deployment.apps/made unlabeled\n')
    assert.equal(await k('annotate deployment made note-'), 'deployment.apps/made annotated\n')
    await k('set env deployment/made A=B')
    await k('set resources deployment/made --limits=cpu=200m,memory=128Mi')
    await k('set serviceaccount deployment/made robot')
    assert.equal(
      await k("get deployment made -o jsonpath='{.spec.template.spec.containers[0].resources.limits.memory} {.spec.template.spec.serviceAccountName}'"),
      '128Mi robot',
    )
    const copy = file('copy.json', await k('get configmap settings -o json'))
    assert.equal(await k(`replace -f ${copy}`), 'configmap/settings replaced\n')
    assert.equal(
      await k(`replace --force -f ${file('made.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {new: "1"}\n')}`),
      'configmap "made" deleted\nconfigmap/made replaced\n',
    )
    assert.match(
      (await k.fails(`replace -f ${copy}`)).text,
      /Error from server \(Conflict\)[\s\S]*the object has been modified; please apply your changes to the latest version and try again/,
    )
  })

  test('scale and rollout: status, history, undo, restart, pause and resume', async () => {
    assert.equal(await k('scale deployment web --replicas=1'), 'deployment.apps/web scaled\n')
    assert.match((await k.fails('scale deployment web --current-replicas=5 --replicas=3')).text, /Expected replicas to be 5, was 1/)
    await k('set image deployment/web web=myregistry/api:1.6.0')
    await k('annotate deployment web kubernetes.io/change-cause=to-1.6')
    assert.match(await k('rollout status deployment/web --timeout=60s'), /deployment "web" successfully rolled out\n$/)
    assert.match(await k('rollout history deployment/web'), /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n3 +to-1\.6\n/)
    assert.match(await k('rollout history deployment/web --revision=3'), /Image:\s+myregistry\/api:1\.6\.0/)
    assert.equal(await k('rollout undo deployment/web'), 'deployment.apps/web rolled back\n')
    await k('rollout status deployment/web --timeout=60s')
    assert.equal(await k("get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}'"), 'myregistry/api:1.5.0')
    assert.match((await k.fails('rollout undo deployment/web --to-revision=99')).text, /unable to find specified revision 99 in history/)
    await k('rollout pause deployment/web')
    await k('set env deployment/web PAUSED=1')
    assert.match((await k.fails('rollout restart deployment/web')).text, /can't restart paused deployment/)
    assert.equal(await k('rollout resume deployment/web'), 'deployment.apps/web resumed\n')
    await k('rollout restart deployment/web')
    await k('rollout status deployment/web --timeout=60s')
    await k('autoscale deployment web --min=1 --max=3 --cpu-percent=50')
    assert.match(await k('get hpa web'), /web +Deployment\/web +cpu: <unknown>\/50% +1 +3 /)
    await k('delete hpa web')
  })

  test('logs: of one container, of all, the last lines, the previous run, and as they come', async () => {
    await k(`apply -f ${file('tool.yaml', twoContainers)}`)
    await k('wait --for=condition=Ready pod/tool pod/shell --timeout=60s')
    // Ready says that they run, not that they have written.
    await eventually('both containers have written', async () => {
      const text = await k('logs tool --all-containers --tail=100')
      return ['to-stdout', 'to-stderr', 'line 20'].every((each) => text.includes(each))
    })
    assert.deepEqual((await k('logs tool')).trim().split('\n').sort(), ['to-stderr', 'to-stdout'])
    assert.match(await k('logs tool -c b'), /^line 1\nline 2\n/)
    // Which container comes first is left to chance by the original.
    const prefixed = (await k('logs tool --all-containers --prefix')).split('\n')
    for (const line of ['[pod/tool/a] to-stdout', '[pod/tool/b] line 1']) assert.ok(prefixed.includes(line), line)
    assert.equal((await k('logs tool -c b --tail=3')).trim().split('\n').length, 3)
    assert.equal(await k('logs tool -c b --limit-bytes=6'), 'line 1')
    assert.match(await k('logs tool -c b --since=1h --timestamps'), /^\d{4}-\d\d-\d\dT\S+Z line 1\n/)
    assert.match(await k('logs -l app=tool --all-containers --tail=1'), /^to-std(err|out)$/m)
    assert.match((await k.fails('logs tool -c absent')).text, /container absent is not valid for pod tool/)
    const follow = k.start('logs -f tool -c b --since=1s')
    await follow.seen(/(UTC \d+\n[\s\S]*){3}/)
    await follow.stop()
    await eventually('the second run', async () => (await k.may('logs crash --previous')).stdout === 'ran\n')
    assert.match((await k.fails('logs tool -c a --previous')).text, /previous terminated container "a" in pod "tool" not found/)
  })

  test('exec carries input, both outputs, the exit code and a terminal with its size', async () => {
    const { code, text } = await k.fails("exec tool -c a -- sh -c 'echo out; echo err >&2; exit 7'")
    assert.equal(code, 7)
    assert.match(text, /out\n[\s\S]*err\n[\s\S]*command terminated with exit code 7/)
    assert.equal(await k('exec -i tool -c a -- cat', { input: 'through\nstdin' }), 'through\nstdin')
    // As kubectl did before 1.31, and other clients still do.
    const spdy = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' }
    assert.equal(await k('exec -i tool -c a -- cat', { input: 'over SPDY', env: spdy }), 'over SPDY')
    const large = 'x'.repeat(1 << 20)
    assert.equal((await k('exec -i tool -c a -- wc -c', { input: large })).trim(), String(large.length))
    assert.match((await k.fails('exec tool -c a -- absent')).text, /Internal error occurred: [\s\S]*executable file/)
    assert.match((await k.fails('exec tool -c absent -- ls')).text, /container absent is not valid for pod tool/)
    const terminal = k.start('exec -it tool -c a -- sh', { terminal: true })
    await terminal.seen(/#/)
    terminal.type('tty; exit 5\n')
    await terminal.seen(/\/dev\/pts\/\d+/)
    assert.equal(await terminal.ended, 5)
  })

  test('attach reaches the running process, run -i --rm takes its input and exit code and cleans up', async () => {
    const attached = k.start('attach -i shell')
    await attached.seen(/If you don't see a command prompt/)
    attached.type('echo answer-$((40+2))\n')
    await attached.seen(/answer-42/)
    await attached.stop()
    assert.match(await k(`run once --image=${tools} --restart=Never -i --rm -- cat`, { input: 'piped in\n' }), /^piped in\n/)
    assert.equal((await k.fails(`run failing --image=${tools} --restart=Never -i --rm -- sh -c 'sleep 1; exit 4'`)).code, 4)
    assert.equal(await k.may('get pod once failing --ignore-not-found').then(({ stdout }) => stdout), '')
    assert.equal(await k('run plain --image=nginx:1.25-alpine --port=80 --expose --labels=x=y'), 'service/plain created\npod/plain created\n')
    await k('wait --for=condition=Ready pod/plain --timeout=60s')
  })

  test('port-forward to a pod and to a service, and proxy, carry HTTP', async () => {
    for (const target of ['deployment/web', 'service/web']) {
      const remote = target === 'service/web' ? 80 : 3000
      const forward = k.start(`port-forward ${target} :${remote}`)
      const [, port] = await forward.seen(/Forwarding from 127\.0\.0\.1:(\d+) -> 3000/)
      const bodies = await Promise.all(Array.from({ length: 10 }, () => fetchText(`http://127.0.0.1:${port}/health`)))
      assert.deepEqual(new Set(bodies), new Set(['ok']))
      await forward.stop()
    }
    const proxy = k.start('proxy --port=0')
    const [, port] = await proxy.seen(/Starting to serve on 127\.0\.0\.1:(\d+)/)
    const base = `http://127.0.0.1:${port}/api/v1/namespaces/kc`
    assert.equal(await fetchText(`${base}/services/web:80/proxy/health`), 'ok')
    assert.match(await fetchText(`${base}/pods/plain/proxy/`), /Welcome to nginx/)
    assert.equal(JSON.parse(await fetchText(`${base}/pods/plain`)).metadata.name, 'plain')
    await proxy.stop()
  })

  test('cp carries files and folders both ways', async () => {
    const folder = join(files, 'tree')
    mkdirSync(join(folder, 'deep'), { recursive: true })
    writeFileSync(join(folder, 'deep', 'file'), 'deep content\n')
    writeFileSync(join(folder, 'large'), Buffer.alloc(3 << 20, 'y'))
    await k(`cp ${folder} tool:/tmp/tree -c a`)
    assert.equal(await k('exec tool -c a -- cat /tmp/tree/deep/file'), 'deep content\n')
    const back = join(files, 'back')
    await k(`cp tool:/tmp/tree ${back} -c a`)
    assert.equal(readFileSync(join(back, 'deep', 'file'), 'utf8'), 'deep content\n')
    assert.equal(readFileSync(join(back, 'large')).length, 3 << 20)
  })

  test('debug adds a container to a pod, copies a pod, and enters a node', async () => {
    await k(`debug tool --image=${tools} -c dbg --target=a -- sleep 100000`)
    await eventually('the ephemeral container', async () => (await k.may('exec tool -c dbg -- hostname')).stdout === 'tool\n')
    const shell = k.start(`debug -i tool --image=${tools} -c asked -- sh`)
    shell.type('echo from-$((40+2)); exit\n')
    await shell.seen(/from-42/)
    await shell.ended
    await k(`debug tool --image=${tools} --copy-to=copied --container=a -- sleep 100000`)
    await k('wait --for=condition=Ready pod/copied --timeout=60s')
    await k(`debug node/${node} --image=${tools} -- ls /host/etc/hostname`)
    await eventually('the node debugger', async () => {
      const pods = JSON.parse(await k('get pods -o json')).items as { metadata: { name: string }; status: { phase: string } }[]
      return pods.some(({ metadata, status }) => metadata.name.startsWith('node-debugger-') && status.phase === 'Succeeded')
    })
  })

  test('expose, endpoints and events', async () => {
    assert.equal(await k('expose deployment made --port=80 --name=exposed'), 'service/exposed exposed\n')
    await eventually('endpoints', async () => /10\.\S+:80/.test((await k.may('get endpoints exposed')).stdout))
    assert.match(await k('get endpointslices -l kubernetes.io/service-name=exposed'), /IPv4 +80 +10\./)
    assert.match(await k('get events --field-selector involvedObject.kind=Deployment,reason=ScalingReplicaSet'), /deployment\/web +Scaled up replica set/)
    assert.match(await k('events --for deployment/web'), /ScalingReplicaSet +Deployment\/web/)
  })

  test('explain, api-resources, api-versions, cluster-info, version, config view and top', async () => {
    assert.match(await k('explain pod.spec.containers'), /KIND: +Pod\nVERSION: +v1\n\nFIELD: containers <\[\]Container>/)
    assert.match(await k('explain deployment --recursive'), /GROUP: +apps[\s\S]*template\t<PodTemplateSpec> -required-[\s\S]*containers\t<\[\]Container>/)
    assert.match((await k.fails('explain pods.spec.absent')).text, /field "absent" does not exist/)
    assert.match(await k('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/)
    assert.match(
      await k('api-resources --api-group=batch -o wide'),
      /cronjobs +cj +batch\/v1 +true +CronJob +create,delete,deletecollection,get,list,patch,update,watch +all/,
    )
    assert.match(await k('api-versions'), /^apps\/v1\n[\s\S]*^v1\n/m)
    assert.match(await k('cluster-info'), /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:16550/)
    assert.match(JSON.parse(await k('version -o json')).serverVersion.gitVersion, /^v1\.36\./)
    assert.match(await k('config view'), /certificate-authority-data: DATA\+OMITTED/)
    const top = await k.may('top nodes')
    assert.ok(top.code === 0 ? top.stdout.includes(node) : top.stderr.includes('Metrics API not available'), top.stderr)
  })

  test('a certificate request is approved and denied', { skip: findProgram('openssl') ? false : 'no openssl on PATH' }, async () => {
    const request = (await run(['openssl', 'req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(files, 'jane.key'), '-subj', '/CN=jane/O=people']))
      .stdout
    const csr = (name: string): string =>
      file(
        'csr.yaml',
        `apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: ${name}}\nspec: {request: ${Buffer.from(request).toString('base64')}, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}\n`,
      )
    await k(`create -f ${csr('jane')}`)
    assert.match(await k('get csr jane'), /jane +\S+ +kubernetes\.io\/kube-apiserver-client +kubernetes-admin +<none> +Pending/)
    await k('certificate approve jane')
    assert.match(await k('get csr jane'), /Approved/)
    assert.match(await k('describe csr jane'), /Common Name: +jane/)
    await k(`create -f ${csr('joe')}`)
    await k('certificate deny joe')
    assert.match(await k('get csr joe'), /Denied/)
  })

  test('cordon, taint, drain and uncordon', async () => {
    await k(`taint node ${node} k=v:NoSchedule`)
    assert.match((await k.fails(`taint node ${node} k=v:NoSchedule`)).text, /already has k taint\(s\) with same effect\(s\) and --overwrite is false/)
    await k(`taint node ${node} k-`)
    await k(`cordon ${node}`)
    assert.match(await k('get nodes'), /Ready,SchedulingDisabled/)
    await k(`run pending --image=${tools} -- sleep 100000`)
    await eventually('the scheduler says why', async () =>
      (await k.may('describe pod pending')).stdout.includes('0/1 nodes are available: 1 node(s) were unschedulable.'),
    )
    assert.match((await k.fails(`drain ${node}`)).text, /cannot delete (cannot delete )?Pods that declare no controller/)
    await k('delete poddisruptionbudget made')
    assert.match(await k(`drain ${node} --ignore-daemonsets --delete-emptydir-data --force --grace-period=1 --timeout=60s`), /node\/kc-node-1 drained\n$/)
    assert.equal(await k('get pods --field-selector spec.nodeName=kc-node-1 -o name'), '')
    await k(`uncordon ${node}`)
    await k('wait --for=condition=Ready pod/pending --timeout=60s')
    await k('rollout status deployment/web --timeout=60s')
  })

  test('delete by name, file, label; orphaning, in the foreground, by force; and wait', async () => {
    assert.equal(await k(`delete -f ${join(files, 'tool.yaml')} --ignore-not-found`), '')
    await k('delete deployment web --cascade=orphan')
    assert.match(await k('get replicasets -l app=web -o name'), /replicaset\.apps\/web-/)
    assert.match(await k('delete replicasets -l app=web --cascade=foreground'), /(replicaset\.apps "web-\S+" deleted\n)+/)
    assert.equal(await k('get pods,replicasets -l app=web -o name'), '')
    await k(`run forced --image=${tools} -- sleep 100000`)
    await k('wait --for=condition=Ready pod/forced --timeout=60s')
    assert.match(await k('delete pod forced --force --grace-period=0'), /pod "forced" force deleted/)
    assert.equal(await k('get pod forced --ignore-not-found'), '')
    await k(`run slow --image=${tools} -- sleep 100000`)
    await k('wait --for=condition=Ready pod/slow --timeout=60s')
    const waiting = k.start('wait --for=delete pod/slow --timeout=60s')
    assert.equal(await k('delete pod slow --wait=false --grace-period=1'), 'pod "slow" deleted\n')
    assert.equal(await waiting.ended, 0)
    assert.equal(await k('delete configmap -l absent=yes'), 'No resources found\n')
    assert.equal((await k.fails('delete configmap absent')).text, 'Error from server (NotFound): configmaps "absent" not found\n')
    assert.equal(await k('delete configmap absent --ignore-not-found'), '')
    await k('delete all --all --grace-period=1')
    assert.match((await k.fails('delete namespace kube-system')).text, /namespaces "kube-system" is forbidden: this namespace may not be deleted/)
    assert.equal(await k('delete namespace kc --timeout=60s'), 'namespace "kc" deleted\n')
    assert.equal(await k('get all,configmaps,secrets -n kc -o name'), '')
  })

  test('our own kubectl carries streams: exec, a terminal that changes its size, attach, run, cp, logs, and forwarded ports that outlive a pod', async () => {
    const ns = 'own'
    const own = kubectlOf(cluster, ns, [process.execPath, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../../dist/kubectl.mjs')])
    await own(`create namespace ${ns}`)
    await own(`apply -f ${file('own.yaml', web('green'))}`)
    await own(`apply -f ${file('own-tool.yaml', twoContainers)}`)
    await own('wait --for=condition=Ready pod/tool pod/shell --timeout=60s')

    const { code, text } = await own.fails("exec tool -c a -- sh -c 'echo out; echo err >&2; exit 7'")
    assert.equal(code, 7)
    assert.match(text, /out\n[\s\S]*err\n[\s\S]*command terminated with exit code 7/)
    const large = 'x'.repeat(1 << 20)
    assert.equal((await own('exec -i tool -c a -- wc -c', { input: large })).trim(), String(large.length))
    const terminal = own.start('exec -it tool -c a -- sh', { terminal: true, size: [33, 111], sizeLater: [44, 99] })
    await terminal.seen(/#/)
    terminal.type('stty size; sleep 3; stty size; exit 5\n')
    await terminal.seen(/33 111[\s\S]*44 99/)
    assert.equal(await terminal.ended, 5)
    assert.match(terminal.output, /command terminated with exit code 5/)
    // The container's terminal ends its lines as terminals do, and nobody ends them twice.
    assert.doesNotMatch(terminal.output, /\r\r\n/)

    // An interrupt: 1 of who waits, 0 of who forwards, and who does neither dies of it (130 to a shell).
    for (const [line, seen, ends] of [
      ['get pods -w --no-headers', /^tool /m, 1],
      ['logs -f tool -c b', /line 20/, 1],
      ['logs -f tool --all-containers --prefix', /^\[pod\/tool\/b\] line 20/m, 1],
      ['port-forward pod/tool :80', /Forwarding from/, 0],
      ['proxy --port=0', /Starting to serve/, 130],
      ['attach tool -c b', /UTC/, 130],
      ["exec tool -c a -- sh -c 'echo up; exec sleep 1000'", /up/, 130],
      ["exec -i tool -c a -- sh -c 'echo up; exec sleep 1000'", /up/, 130],
    ] as const) {
      const running = own.start(line)
      await running.seen(seen)
      assert.equal(await running.stop(), ends, line)
      assert.doesNotMatch(running.output, /error|abort/i)
    }

    const attached = own.start('attach -i shell')
    await attached.seen(/If you don't see a command prompt/)
    attached.type('echo answer-$((40+2))\n')
    await attached.seen(/answer-42/)
    await attached.stop()
    assert.match(await own(`run once --image=${tools} --restart=Never -i --rm -- cat`, { input: 'piped in\n' }), /^piped in\n/)
    assert.equal((await own.fails(`run failing --image=${tools} --restart=Never -i --rm -- sh -c 'sleep 1; exit 4'`)).code, 4)

    const folder = join(files, 'own-tree')
    mkdirSync(join(folder, 'deep'), { recursive: true })
    writeFileSync(join(folder, 'deep', 'file'), 'deep content\n')
    writeFileSync(join(folder, 'large'), Buffer.alloc(3 << 20, 'y'))
    await own(`cp ${folder} tool:/tmp/tree -c a`)
    assert.equal(await own('exec tool -c a -- cat /tmp/tree/deep/file'), 'deep content\n')
    await own(`cp tool:/tmp/tree ${join(files, 'own-back')} -c a`)
    assert.equal(readFileSync(join(files, 'own-back', 'deep', 'file'), 'utf8'), 'deep content\n')
    assert.equal(readFileSync(join(files, 'own-back', 'large')).length, 3 << 20)

    const follow = own.start('logs -f tool -c b --since=1s')
    await follow.seen(/(UTC \d+\n[\s\S]*){3}/)
    await follow.stop()

    // A budget holds a drain up until it gives up; deletion asks no budget.
    await own('rollout status deployment/web --timeout=60s')
    await own('create poddisruptionbudget web --selector=app=web --min-available=2')
    await eventually(
      'the budget is reckoned',
      async () => (await own("get pdb web -o jsonpath='{.status.currentHealthy} {.status.disruptionsAllowed}'")) === '2 0',
    )
    const held = await own.fails(`drain ${node} --pod-selector=app=web --timeout=1s`)
    assert.equal(held.code, 1)
    assert.match(
      held.text,
      /^error when evicting pods\/"web-\S+" -n "own" \(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\.$/m,
    )
    assert.match(
      held.text,
      /^There are pending pods in node "kc-node-1" when an error occurred: \[error when evicting pods\/"web-\S+" -n "own": global timeout reached: 1s, /m,
    )
    assert.match(held.text, /^There are pending nodes to be drained:\n kc-node-1\nerror when evicting pods\/"web-\S+" -n "own": global timeout reached: 1s\n/m)
    assert.match(
      await own(`drain ${node} --pod-selector=app=web --disable-eviction --timeout=60s`),
      /^node\/kc-node-1 already cordoned\n(pod\/web-\S+ deleted\n){2}node\/kc-node-1 drained\n$/,
    )
    await own(`uncordon ${node}`)
    await own('delete poddisruptionbudget web')

    await own('rollout status deployment/web --timeout=60s')
    const forward = own.start('port-forward deployment/web :3000')
    try {
      const [, port] = await forward.seen(/Forwarding from 127\.0\.0\.1:(\d+) -> 3000/)
      const bodies = await Promise.all(Array.from({ length: 10 }, () => fetchText(`http://127.0.0.1:${port}/health`)))
      assert.deepEqual(new Set(bodies), new Set(['ok']))
      await own('delete pod -l app=web')
      await own('rollout status deployment/web --timeout=60s')
      await eventually('the forwarded port reaches the new pod', async () => (await fetchText(`http://127.0.0.1:${port}/health`)) === 'ok')
    } finally {
      await forward.stop()
    }
    await own(`delete namespace ${ns}`)
  })

  test('k8ts why finds the cause of each trouble', async () => {
    const ns = 'troubles'
    const own = kubectlOf(cluster, ns, [process.execPath, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../../dist/kubectl.mjs')])
    await own(`create namespace ${ns}`)
    await own(`apply -f ${file('troubles.yaml', troubles)}`)
    await own('delete configmap held --wait=false')
    const causes: readonly (readonly [string, RegExp])[] = [
      ['pod/crashing', /Container c (keeps crashing|has ended|runs now)[\s\S]*exit code 3\.\n\s+Its last words: starting \| no database\n/],
      ['pod/greedy', /It used more memory than its limit/],
      ['pod/unready', /its readiness probe does not succeed\.\n\s+Readiness probe failed: .*\/nope/],
      ['pod/huge', /Insufficient cpu\.\n\s+It asks for 9k of cpu, and the largest node has \S+ in all: it fits no node/],
      ['pvc/unbound', /asks for the storage class gone, which does not exist/],
      ['svc/typo', /no pod has the labels app=wlel,tier=front\.\n\s+Pod well has app=well\./],
      ['svc/wrong', /No container of its pods has a port named http; they have web \(80\)/],
      ['svc/unready', /none of its 1 pods is ready\.[\s\S]*Readiness probe failed/],
      ['deployment/accountless', /0 of 1 pods ready\.[\s\S]*serviceaccount "gone" not found\.\n\s+→ Create the service account/],
      ['job/failing', /Job failing has failed: its pods failed more often[\s\S]*exit code 4[\s\S]*bad input/],
      ['configmap/held', /finalizer k8ts\.test\/guard holds it/],
    ]
    for (const [what, told] of causes) {
      const look = async (): Promise<true> => {
        const text = await own(`why ${what}`)
        if (!told.test(text)) throw new Error(text)
        return true
      }
      await eventually(`the cause of ${what}`, look, 120_000)
    }
    await own(`delete namespace ${ns} --wait=false`)
    await eventually('why the namespace stays', async () => /finalizers remaining: k8ts\.test\/guard/.test(await own(`why namespace/${ns}`)), 120_000)
    await own(`patch configmap held --type=merge -p '{"metadata":{"finalizers":null}}'`)
    await own(`wait --for=delete namespace/${ns} --timeout=120s`)
  })

  for (const program of oldestAndNewest()) {
    test(`${program.slice(program.lastIndexOf('/') + 1)} does the daily work`, async () => {
      const ns = `v-${program.slice(program.lastIndexOf('.') + 1)}`
      const old = kubectlOf(cluster, ns, program)
      await old(`create namespace ${ns}`)
      const path = file('versions.yaml', web('green'))
      await old(`apply -f ${path}`)
      await old('rollout status deployment/web --timeout=60s')
      assert.equal(await old(`diff -f ${path}`), '')
      assert.match(await old(`apply --server-side --force-conflicts -f ${path}`), /deployment\.apps\/web serverside-applied/)
      assert.match(await old('get all'), /deployment\.apps\/web +2\/2/)
      assert.match(await old('describe deployment web'), /2 available/)
      assert.match(await old('explain deployment.spec.strategy'), /RollingUpdate/)
      // Before 1.31 these streams are SPDY's, then WebSocket's, unless the variables say otherwise.
      const spdy: Record<string, string> = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }
      for (const env of /1\.(2\d|30)$/.test(program) ? [spdy] : [spdy, {}]) {
        assert.equal(await old('exec deployment/web -i -- cat', { input: 'hello', env }), 'hello')
        assert.equal((await old.may("exec deployment/web -- sh -c 'exit 7'", { env })).code, 7)
        assert.match(await old(`run once --image=${tools} --restart=Never -i --rm -- cat`, { input: 'piped in\n', env }), /piped in\n/)
        const terminal = old.start('exec -it deployment/web -- sh', { terminal: true, env })
        await terminal.seen(/#/)
        terminal.type('tty; exit 5\n')
        await terminal.seen(/\/dev\/pts\/\d+/)
        assert.equal(await terminal.ended, 5)
        const forward = old.start('port-forward service/web :80', { env })
        const [, port] = await forward.seen(/Forwarding from 127\.0\.0\.1:(\d+) -> 3000/)
        assert.equal(await fetchText(`http://127.0.0.1:${port}/health`), 'ok')
        await forward.stop()
      }
      assert.match(await old('logs deployment/web --tail=1'), /GET \/health/)
      assert.match(
        (await old.fails('create --validate=strict -f -', { input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndatta: {}\n' })).text,
        /unknown field "datta"/,
      )
      await old(`delete -f ${path}`)
      await old(`delete namespace ${ns}`)
    })
  }
})

function oldestAndNewest(): readonly string[] {
  const all = kubectlVersions()
  return all.length > 1 ? [all[0]!, all.at(-1)!] : all
}
