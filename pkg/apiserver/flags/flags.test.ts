import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { fromFlags } from './authentication.ts'
import { optionsOf, parseFlags } from './index.ts'
import { parseDuration } from './parse.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-flags-'))
after(() => rmSync(dir, { recursive: true }))
const context = { clock: systemClock, log: silentLogger }
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

test('flags are read as upstream names them, and one that is not known is refused', () => {
  const flags = parseFlags('# comment\n--anonymous-auth=false\n\n--oidc-required-claim=a=b\n--oidc-required-claim=c=d\n--max-requests-inflight=7')
  assert.deepEqual([flags['anonymous-auth'], flags['oidc-required-claim'], flags['max-requests-inflight']], ['false', 'a=b,c=d', '7'])
  assert.throws(() => parseFlags('--nonsense=1'), /unknown flag: --nonsense/)
  assert.deepEqual(['1m30s', '0', '1.5h', 'soon'].map(parseDuration), [90_000, 0, 5_400_000, undefined])
})

test('what flags ask for becomes options', () => {
  const tokens = file('tokens.csv', 'secret,ann,u1,"a,b"\n')
  const options = optionsOf(parseFlags(`--token-auth-file=${tokens}\n--max-requests-inflight=5\n--request-timeout=30s\n--authorization-mode=RBAC`), context)
  assert.deepEqual(options.staticTokens, [{ token: 'secret', user: { name: 'ann', uid: 'u1', groups: ['a', 'b'] } }])
  assert.deepEqual([options.maxInFlight?.reading, options.requestTimeoutMs, options.authorizers], [5, 30_000, ['RBAC']])
  const gates = '--feature-gates=MaxUnavailableStatefulSet=true,ContainerStopSignals=true\n--feature-gates=ContainerStopSignals=false'
  assert.deepEqual([...optionsOf(parseFlags(gates), context).featureGates!], ['MaxUnavailableStatefulSet'])
  const versions = '--runtime-config=apps/v1=true\n--runtime-config=storagemigration.k8s.io/v1beta1'
  assert.deepEqual([...optionsOf(parseFlags(versions), context).runtimeConfig!], ['storagemigration.k8s.io/v1beta1'])
  assert.equal(optionsOf(parseFlags(`${versions}=false`), context).runtimeConfig!.size, 0)
  const policy = file('audit.yaml', 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]')
  assert.ok(optionsOf(parseFlags(`--audit-policy-file=${policy}\n--audit-log-path=-`), context).audit)
  const anonymous = file(
    'authn.yaml',
    'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true, conditions: [{path: /livez}]}',
  )
  assert.deepEqual(optionsOf(parseFlags(`--authentication-config=${anonymous}`), context).anonymousPaths, ['/livez'])
})

test('what cannot be says why, with the flag or the file', () => {
  const bad = file('bad.yaml', 'kind: Nothing')
  const audited = `--audit-policy-file=${file('audit.yaml', 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]')}`
  const kubeconfig =
    'apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nclusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]\nusers: [{name: a, user: {}}]'
  const webhooked = `${audited}\n--audit-webhook-config-file=${file('webhook.yaml', kubeconfig)}`
  const rows: [string, RegExp][] = [
    ['--audit-policy-file=/nowhere', /failed to read file path "\/nowhere": open \/nowhere: no such file or directory$/],
    [`--authentication-config=${bad}`, /bad\.yaml": Object 'apiVersion' is missing in 'kind: Nothing'/],
    [`--authorization-config=${bad}`, /failed to load AuthorizationConfiguration from file: Object 'apiVersion' is missing/],
    [`--authentication-config=${bad}\n--oidc-client-id=x`, /mutually exclusive/],
    ['--authorization-mode=Magic', /authorization-mode "Magic" is not a valid mode$/],
    ['--authorization-mode=RBAC,RBAC', /authorization-mode \["RBAC" "RBAC"\] has mode specified more than once$/],
    ['--authorization-mode=Webhook', /authorization config file not passed/],
    ['--feature-gates=MaxUnavailableStatefulSet', /missing bool value for MaxUnavailableStatefulSet/],
    ['--feature-gates=Magic=true', /unrecognized feature gate: Magic/],
    ['--feature-gates=ContainerStopSignals=maybe', /invalid value of ContainerStopSignals=maybe/],
    ['--runtime-config=batch/v7=true', /unknown api groups batch\/v7/],
    ['--runtime-config=apps/v1=false', /apps\/v1 is always served here/],
    ['--runtime-config=apps/v1=perhaps', /invalid value of apps\/v1: perhaps, err: strconv.ParseBool/],
    ['--anonymous-auth=maybe', /invalid argument "maybe" for "--anonymous-auth" flag/],
    ['--max-requests-inflight=many', /invalid argument "many"/],
    [`${audited}\n--audit-log-path=-\n--audit-log-truncate-max-event-size=0`, /invalid audit truncate log max event size 0, must be a positive number/],
    [`${audited}\n--audit-log-path=-\n--audit-log-truncate-max-batch-size=1`, /max batch size 1, must be greater than max event size \(102400\)/],
    [`${audited}\n--audit-log-path=-\n--audit-log-mode=lazy`, /invalid audit log mode lazy, allowed modes are "batch,blocking,blocking-strict"/],
    [
      `${audited}\n--audit-log-path=-\n--audit-log-mode=batch\n--audit-log-batch-max-size=0`,
      /invalid audit batch log max batch size 0, must be a positive number/,
    ],
    [`${audited}\n--audit-log-path=-\n--audit-log-format=xml`, /invalid audit log format xml, allowed formats are "legacy,json"/],
    [`${audited}\n--audit-log-path=-\n--audit-log-version=audit.k8s.io/v1beta1`, /invalid group version, allowed versions are \["audit.k8s.io\/v1"\]/],
    [`${audited}\n--audit-log-path=-\n--audit-log-maxage=-1`, /--audit-log-maxage -1 can't be a negative number/],
    [`${webhooked}\n--audit-webhook-mode=none`, /invalid audit webhook mode none/],
    [`${webhooked}\n--audit-webhook-version=a/b/c`, /unexpected GroupVersion string: a\/b\/c/],
    [`${webhooked}\n--audit-webhook-batch-buffer-size=0`, /invalid audit batch webhook buffer size 0, must be a positive number/],
    [`${webhooked}\n--audit-webhook-batch-throttle-qps=0`, /invalid audit batch webhook throttle QPS 0, must be a positive number/],
    [`${webhooked}\n--audit-webhook-truncate-enabled=perhaps`, /invalid argument "perhaps" for "--audit-webhook-truncate-enabled" flag/],
    ['--oidc-issuer-url=https://x', /must be specified together/],
  ]
  for (const [text, message] of rows) assert.throws(() => optionsOf(parseFlags(text), context), message, text)
})

test('the --oidc-* flags describe one issuer, whose users carry its name unless told otherwise', () => {
  const prefixOf = (more: string) => fromFlags(parseFlags(`--oidc-issuer-url=https://issuer\n--oidc-client-id=id\n${more}`)).claimMappings.username.prefix
  assert.equal(prefixOf(''), 'https://issuer#')
  assert.equal(prefixOf('--oidc-username-claim=email'), '')
  assert.equal(prefixOf('--oidc-username-prefix=-'), '')
  assert.equal(prefixOf('--oidc-username-prefix=oidc:'), 'oidc:')
})
