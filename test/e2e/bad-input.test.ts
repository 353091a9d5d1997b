/** What is wrong with a request is said as Kubernetes 1.36 says it, and nothing of it is kept. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import { helloImageName } from '#cluster/images/hello.ts'
import { type E2eCluster, eventually, missingForCluster, missingKubectl, startCluster } from './cluster.ts'
import { type Kubectl, kubectlOf } from './kubectl-program.ts'

const skip = missingForCluster() ?? missingKubectl() ?? false
const port = 16551
const namespace = 'bad'
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`
const oneMegabyte = 1 << 20

interface Answer {
  readonly status: number
  readonly body: Record<string, any>
  readonly text: string
}

const configMap = (name: string, rest = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${rest}`
const deployment = (spec: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad}\nspec: ${spec}\n`
const pod = (spec: string, name = 'bad'): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: ${spec}\n`

describe('bad input', { skip }, () => {
  let cluster: E2eCluster
  let k: Kubectl
  let files: string
  let tls: { readonly host: string; readonly port: number; readonly ca: string; readonly cert: string; readonly key: string }

  before(async () => {
    files = mkdtempSync(join(tmpdir(), 'k8ts-bad-'))
    cluster = await startCluster({ name: 'bad', port })
    const { ca, cert, key } = transportOptions(loadKubeconfig(join(cluster.dataDir, 'kubeconfig')))
    tls = { host: '127.0.0.1', port, ca: ca as string, cert: cert as string, key: key as string }
    k = kubectlOf(cluster, namespace)
    await k(`create namespace ${namespace}`)
    await k('create configmap good --from-literal=a=b')
    await eventually('the root CA', async () => (await k.may('get configmap kube-root-ca.crt')).code === 0)
  })
  after(async () => {
    await cluster?.delete()
    rmSync(files, { recursive: true, force: true })
  })

  /** Everything of the namespace that a user could have written, with its version. */
  const inventory = (): Promise<string> =>
    k("get configmaps,secrets,services,pods,deployments -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name}@{.metadata.resourceVersion} {end}'")

  /** Nothing may be there that was not there before. */
  const leavingNothing = async (act: () => Promise<void>): Promise<void> => {
    const first = await inventory()
    await act()
    assert.equal(await inventory(), first)
  }

  /** kubectl create of one document: it has to fail with this. */
  const refused = async (manifest: string, expected: string | RegExp, flags = ''): Promise<void> => {
    const { text } = await k.fails(`create ${flags} -f -`, { input: manifest })
    if (typeof expected === 'string') assert.equal(text, expected)
    else assert.match(text, expected)
  }

  const open = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ ...tls, ALPNProtocols: ['http/1.1'] }, () => resolve(socket))
      socket.on('error', reject)
    })

  /** One request, byte for byte as given. */
  const raw = async (
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
  ): Promise<Answer> => {
    const socket = await open()
    const bytes = Buffer.from(body ?? '')
    const head = Object.entries({ host: 'k8ts', connection: 'close', ...headers, ...(body === undefined ? {} : { 'content-length': String(bytes.length) }) })
    socket.on('error', () => {})
    socket.write(`${method} ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
    socket.write(bytes)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const answer = Buffer.concat(chunks).toString('utf8')
    const text = answer.slice(answer.indexOf('\r\n\r\n') + 4)
    const start = text.indexOf('{')
    return { status: Number(answer.slice(9, 12)), text, body: start < 0 ? {} : JSON.parse(text.slice(start, text.lastIndexOf('}') + 1)) }
  }

  const answers = async (answer: Promise<Answer>, status: number, reason: string, message: string | RegExp): Promise<void> => {
    const { status: got, body, text } = await answer
    assert.equal(got, status, text)
    assert.equal(body.kind, 'Status')
    assert.equal(body.reason, reason)
    assert.equal(body.code, status)
    if (typeof message === 'string') assert.equal(body.message, message)
    else assert.match(body.message, message)
  }

  test('an unknown field passes, is warned of, or refused, as fieldValidation says', () =>
    leavingNothing(async () => {
      const odd = configMap('odd', 'datta: {a: b}\n')
      assert.deepEqual(await k.may('create --validate=ignore -f -', { input: odd }), { code: 0, stdout: 'configmap/odd created\n', stderr: '' })
      await k('delete configmap odd')
      assert.deepEqual(await k.may('create --validate=warn -f -', { input: odd }), {
        code: 0,
        stdout: 'configmap/odd created\n',
        stderr: 'Warning: unknown field "datta"\n',
      })
      await k('delete configmap odd')
      await refused(
        odd,
        'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datta"\n',
        '--validate=strict',
      )
      await refused(
        deployment(
          '{replica: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i, imagePolicy: x}]}}}',
        ),
        /strict decoding error: unknown field "spec\.replica", unknown field "spec\.template\.spec\.containers\[0\]\.imagePolicy"/,
      )
    }))

  test('a name given twice is refused when strict, else the last one counts, with a warning', () =>
    leavingNothing(async () => {
      const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'
      await answers(
        raw('POST', `${configMaps}?fieldValidation=Strict`, twice),
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
      )
      const { status, body } = await raw('POST', configMaps, twice)
      assert.equal(status, 201)
      assert.equal(body.data.a, '2')
      await k('delete configmap twice')
    }))

  test('text that is no document is refused', () =>
    leavingNothing(async () => {
      await refused(
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\n',
        /error: error parsing STDIN: error converting YAML to JSON: yaml: line \d+: did not find expected ',' or '}'/,
      )
      const unrecognized = (why: string, what: string): string =>
        `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ${why} (${what})`
      await answers(
        raw('POST', configMaps, '{"apiVersion":"v1","kind":"ConfigMap"'),
        400,
        'BadRequest',
        unrecognized('unexpected end of JSON input', '{"apiVersion":"v1","kind":"Con ...'),
      )
      await answers(raw('POST', configMaps, ''), 400, 'BadRequest', unrecognized('unexpected end of JSON input', '<empty>'))
      await answers(raw('POST', configMaps, 'hello'), 400, 'BadRequest', unrecognized("invalid character 'h' looking for beginning of value", '68656c6c6f'))
      await answers(raw('POST', configMaps, '[]'), 400, 'BadRequest', /json: cannot unmarshal array into Go value of type struct .* \(5b5d\)$/)
      await answers(
        raw('POST', configMaps, 'a: [', { 'content-type': 'application/yaml' }),
        400,
        'BadRequest',
        'the object provided is unrecognized (must be of type ConfigMap): yaml: line 1: did not find expected node content (613a205b)',
      )
      await answers(
        raw('POST', configMaps, `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`),
        400,
        'BadRequest',
        /json parse error: invalid character '{' exceeded max depth/,
      )
      await answers(raw('POST', configMaps, 'null'), 422, 'Invalid', 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required')
    }))

  test('values of the wrong type are refused with the field', () =>
    leavingNothing(async () => {
      const typed = (kind: string, version: string, why: string): string =>
        `Error from server (BadRequest): error when creating "STDIN": ${kind} in version "${version}" cannot be handled as a ${kind}: ${why}\n`
      await refused(
        configMap('x', 'data: {a: 1}\n'),
        typed('ConfigMap', 'v1', 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'),
      )
      await refused(
        configMap('x', 'data: [a]\n'),
        typed('ConfigMap', 'v1', 'json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string'),
      )
      await refused(
        deployment('{replicas: three}'),
        typed('Deployment', 'v1', 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'),
      )
      await refused(
        pod('{containers: [{name: c, image: i, resources: {limits: {cpu: lots}}}]}'),
        typed('Pod', 'v1', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
      )
      const patch = (type: string, body: string): Promise<Answer> => raw('PATCH', `${configMaps}/good`, body, { 'content-type': `application/${type}+json` })
      await answers(
        patch('strategic-merge-patch', '{"data":{"a":1}}'),
        422,
        'Invalid',
        ' "" is invalid: patch: Invalid value: "map[data:map[a:1]]": cannot convert int64 to string',
      )
      await answers(
        patch('merge-patch', '{"data":{"a":1}}'),
        422,
        'Invalid',
        /^ "" is invalid: patch: Invalid value: "\{.*\}": json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/,
      )
      await answers(patch('merge-patch', '[1'), 400, 'BadRequest', 'error decoding patch: unexpected end of JSON input')
      await answers(
        patch('json-patch', '[{"op":"remove","path":"/data/absent"}]'),
        422,
        'Invalid',
        'the server rejected our request due to an error in our request',
      )
    }))

  test('missing and wrong values are refused, all at once, by their fields', () =>
    leavingNothing(async () => {
      await refused(
        deployment('{}'),
        'The Deployment "bad" is invalid: \n* spec.selector: Required value\n* spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`\n* spec.template.spec.containers: Required value\n',
      )
      await refused(
        deployment('{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: c}}, spec: {containers: [{name: c, image: i}]}}}'),
        'The Deployment "bad" is invalid: spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`\n',
      )
      await refused(pod('{containers: []}'), 'The Pod "bad" is invalid: spec.containers: Required value\n')
      await refused(
        pod('{containers: [{name: c}], restartPolicy: Sometimes}'),
        'The Pod "bad" is invalid: \n* spec.containers[0].image: Required value\n* spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"\n',
      )
      await refused(
        pod('{containers: [{name: c, image: i, ports: [{containerPort: 70000}], volumeMounts: [{name: absent, mountPath: /x}]}]}'),
        'The Pod "bad" is invalid: \n* spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive\n* spec.containers[0].volumeMounts[0].name: Not found: "absent"\n',
      )
      await refused(
        'apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999}]}\n',
        'The Service "bad" is invalid: \n* spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive\n* spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive\n',
      )
    }))

  test('names that are no DNS names are refused, together with what else is wrong', () =>
    leavingNothing(async () => {
      await refused(
        pod('{containers: [{name: C, image: i}]}', 'Bad_Name'),
        /^The Pod "Bad_Name" is invalid: \n\* metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '\.', [^\n]*\n\* spec\.containers\[0\]\.name: Invalid value: "C": a lowercase RFC 1123 label must consist of [^\n]*\n$/,
      )
      await refused(
        configMap('UPPER'),
        /^The ConfigMap "UPPER" is invalid: metadata\.name: Invalid value: "UPPER": a lowercase RFC 1123 subdomain must consist of/,
      )
      await refused(
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n',
        'The Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots\n',
      )
      await refused(
        configMap('x').replace('{name: x}', '{name: x, labels: {"a b": "c d"}}'),
        /metadata\.labels: Invalid value: "a b": name part must consist of alphanumeric characters/,
      )
      await refused(configMap(`a${'b'.repeat(253)}`), /must be no more than 253 (characters|bytes)/)
    }))

  test('kinds, names and namespaces that do not fit the address are refused', () =>
    leavingNothing(async () => {
      await refused('apiVersion: v1\nkind: Absent\nmetadata: {name: x}\n', /no matches for kind "Absent" in version "v1"/)
      await refused(
        configMap('x').replace('{name: x}', '{name: x, namespace: absent}'),
        /the namespace from the provided object "absent" does not match the namespace "bad"/,
      )
      assert.match((await k.fails('create configmap x -n absent')).text, /namespaces "absent" not found/)
      await answers(
        raw('POST', configMaps, '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}'),
        400,
        'BadRequest',
        'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
      )
      await answers(
        raw('PUT', `${configMaps}/good`, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other"}}'),
        400,
        'BadRequest',
        'the name of the object (other) does not match the name on the URL (good)',
      )
      await answers(
        raw('PUT', `${configMaps}/good`, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"good","resourceVersion":"1"}}'),
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "good": the object has been modified; please apply your changes to the latest version and try again',
      )
      await answers(raw('GET', `${configMaps}/absent`, undefined), 404, 'NotFound', 'configmaps "absent" not found')
      assert.deepEqual(await raw('GET', '/apis/absent/v1/x', undefined).then(({ status, text }) => [status, text.includes('404 page not found')]), [404, true])
      await answers(raw('POST', `${configMaps}/good`, '{}'), 405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
    }))

  test('options that make no sense are refused', () =>
    leavingNothing(async () => {
      const named = '{"metadata":{"name":"x"}}'
      await answers(raw('POST', `${configMaps}?dryRun=Some`, named), 422, 'Invalid', /dryRun: Unsupported value: .*: supported values: "All"$/)
      await answers(
        raw('POST', `${configMaps}?fieldValidation=Nope`, named),
        422,
        'Invalid',
        /fieldValidation: Unsupported value: "Nope": supported values: "", "Ignore", "Strict", "Warn"$/,
      )
      await answers(
        raw('POST', `${configMaps}?fieldManager=${'x'.repeat(200)}`, named),
        422,
        'Invalid',
        /fieldManager: Too long: may not be more than 128 bytes$/,
      )
      await answers(raw('GET', `${configMaps}?limit=abc`, undefined), 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax')
      await answers(raw('GET', `${configMaps}?labelSelector=a=b=c`, undefined), 400, 'BadRequest', "found '=', expected: ',' or 'end of string'")
      await answers(
        raw('GET', `${configMaps}?fieldSelector=x=y`, undefined),
        400,
        'BadRequest',
        '"x" is not a known field selector: only "metadata.name", "metadata.namespace"',
      )
      await answers(raw('GET', `${configMaps}?continue=zzz`, undefined), 400, 'BadRequest', /^invalid continue token: continue key is not valid: /)
      await answers(
        raw('GET', `${configMaps}?watch=1&resourceVersion=99999999&timeoutSeconds=1`, undefined),
        504,
        'Timeout',
        /^Timeout: Too large resource version: 99999999, current: \d+$/,
      )
    }))

  test('bodies that are too large, of another media type, or half sent are refused', () =>
    leavingNothing(async () => {
      const sized = (bytes: number): string =>
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'large' }, data: { a: 'x'.repeat(bytes) } })
      await answers(raw('POST', configMaps, sized(3.2 * oneMegabyte)), 413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728')
      const large = join(files, 'large.json')
      writeFileSync(large, sized(3.2 * oneMegabyte))
      assert.match(
        (await k.fails(`create -f ${large}`)).text,
        /Error from server \(RequestEntityTooLarge\): error when creating ".*": Request entity too large: limit is 3145728/,
      )
      writeFileSync(large, sized(1.1 * oneMegabyte))
      assert.equal((await k.fails(`create -f ${large}`)).text, 'The ConfigMap "large" is invalid: []: Too long: may not be more than 1048576 bytes\n')
      await answers(
        raw('POST', configMaps, '{"metadata":{"name":"x"}}', { 'content-type': 'text/plain' }),
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      )
      await answers(raw('PATCH', `${configMaps}/good`, '{}'), 415, 'UnsupportedMediaType', '415: Unsupported Media Type')
      await answers(
        raw('GET', configMaps, undefined, { accept: 'text/csv' }),
        406,
        'NotAcceptable',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
      )
      const half = await open()
      half.on('error', () => {})
      half.write(
        `POST ${configMaps} HTTP/1.1\r\nhost: k8ts\r\ncontent-type: application/json\r\ncontent-length: 200\r\n\r\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"half"}}`,
      )
      half.end()
      half.resume()
      await new Promise((resolve) => half.once('close', resolve))
      assert.equal(await k('get --raw /healthz'), 'ok')
    }))

  test('clients that never read their watch are let go of, and harm nobody', async () => {
    const mute = await Promise.all(Array.from({ length: 10 }, open))
    for (const socket of mute) {
      socket.on('error', () => {})
      socket.pause()
      socket.write(`GET ${configMaps}?watch=1 HTTP/1.1\r\nhost: k8ts\r\nconnection: close\r\n\r\n`)
    }
    // More than the kernel's buffers and the server's bound for a watcher together.
    const payload = 'y'.repeat(900_000)
    for (let round = 0; round < 60; round++) {
      const { status } = await raw('PATCH', `${configMaps}/good`, JSON.stringify({ data: { payload: `${round}${payload}` } }), {
        'content-type': 'application/merge-patch+json',
      })
      assert.equal(status, 200)
    }
    const watch = k.start('get configmap good -w --no-headers')
    await watch.seen(/^good/m)
    await k('label configmap good seen=yes')
    await watch.seen(/(^good[^\n]*\n[\s\S]*){2}/m)
    await watch.stop()
    // Cut off, or ended: who reads again at last may come too late for the end.
    const ends = mute.map((socket) => new Promise((resolve) => socket.once('close', resolve).resume()))
    await Promise.all(ends)
  })

  test('an image that cannot be pulled is ErrImagePull, then ImagePullBackOff, and says why', async () => {
    await k('run unpullable --image=127.0.0.1:1/x:1')
    const waiting = async (): Promise<{ reason?: string; message?: string }> =>
      JSON.parse((await k("get pod unpullable -o 'jsonpath={.status.containerStatuses[0].state.waiting}'")) || '{}')
    await eventually('ImagePullBackOff', async () => (await waiting()).reason === 'ImagePullBackOff')
    assert.match(
      (await waiting()).message!,
      /^Back-off pulling image "127\.0\.0\.1:1\/x:1": ErrImagePull: failed to pull and unpack image .*connect: connection refused$/,
    )
    assert.match(await k('get pod unpullable'), /unpullable +0\/1 +ImagePullBackOff +0 /)
    const events = await k('describe pod unpullable')
    assert.match(events, /Normal +Pulling .* Pulling image "127\.0\.0\.1:1\/x:1"/)
    assert.match(events, /Warning +Failed .* Failed to pull image "127\.0\.0\.1:1\/x:1": failed to pull and unpack image .*connection refused/)
    assert.match(events, /Warning +Failed .* Error: ErrImagePull/)
    assert.match(events, /Normal +BackOff .* Back-off pulling image "127\.0\.0\.1:1\/x:1"/)
    await k('delete pod unpullable --grace-period=1')
    await k('run never --image=absent:1 --image-pull-policy=Never')
    await eventually('ErrImageNeverPull', async () => /ErrImageNeverPull/.test(await k('get pod never')))
    assert.match(await k('describe pod never'), /Container image "absent:1" is not present with pull policy of Never/)
    await k('create -f -', { input: pod('{containers: [{name: wrong, image: "UPPER:1"}]}', 'wrong') })
    await eventually('InvalidImageName', async () => /InvalidImageName/.test(await k('get pod wrong')))
    await k('delete pod never wrong --grace-period=1')
  })

  test('a command that does not exist is RunContainerError and then CrashLoopBackOff, and says why', async () => {
    await k(`run absent --image=${helloImageName} --command -- nope`)
    await eventually('RunContainerError', async () => /RunContainerError|CrashLoopBackOff/.test(await k('get pod absent')))
    assert.match(await k('describe pod absent'), /Warning +Failed .* Error: failed to create containerd task: .*nope.* not found in \$PATH/)
    await eventually('a second attempt and CrashLoopBackOff', async () => /CrashLoopBackOff/.test(await k('get pod absent')))
    const { lastState, state } = JSON.parse(await k("get pod absent -o 'jsonpath={.status.containerStatuses[0]}'"))
    assert.match(state.waiting.message, /^back-off \d+s restarting failed container=absent pod=absent_bad\(/)
    assert.equal(lastState.terminated.reason, 'StartError')
    assert.equal(lastState.terminated.exitCode, 128)
    assert.match(lastState.terminated.message, /nope/)
    await k('delete pod absent --grace-period=1')
    await k(
      `run missing --image=${helloImageName} --overrides='{"spec":{"containers":[{"name":"missing","image":"${helloImageName}","envFrom":[{"configMapRef":{"name":"absent"}}]}]}}'`,
    )
    await eventually('CreateContainerConfigError', async () => /CreateContainerConfigError/.test(await k('get pod missing')))
    assert.match(await k('describe pod missing'), /Error: configmap "absent" not found/)
    await k('delete pod missing --grace-period=1')
  })
})
