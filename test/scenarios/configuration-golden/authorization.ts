/** Files for --authorization-config. FILE-kubeconfig stands for a kubeconfig that is there. */
import { cases } from './types.ts'

const file = (body: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n${body}`
const good: Readonly<Record<string, string>> = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  matchConditionSubjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  connectionInfo: '{type: KubeConfigFile, kubeConfigFile: DIR/kubeconfig}',
}
/** A good webhook but for these; undefined takes away. */
const webhook = (changes: Readonly<Record<string, string | undefined>>): string => {
  const fields = Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined)
  return file(`authorizers: [{type: Webhook, name: a, webhook: {${fields.map(([name, value]) => `${name}: ${value}`).join(', ')}}}]\n`)
}
const condition = (...expressions: string[]): string =>
  webhook({ matchConditions: `[${expressions.map((each) => `{expression: ${JSON.stringify(each)}}`).join(', ')}]` })

export const authorization = [
  ...cases('authorization-config', [
    '',
    'a',
    'kind: AuthorizationConfiguration\n',
    'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n',
    'apiVersion: apiserver.config.k8s.io/v3\nkind: AuthorizationConfiguration\n',
    file(''),
    file('gone: 1\n'),
    file('authorizers: {}\n'),
    file('authorizers: []\n'),
    file('authorizers: [{}]\n'),
    file('authorizers: [{type: RBAC, gone: 1}]\n'),
    file('authorizers: [{type: Gone, name: gone}]\n'),
    file('authorizers: [{type: RBAC}]\n'),
    file('authorizers: [{type: RBAC, name: a}]\n'),
    file('authorizers: [{type: RBAC, name: A_b}]\n'),
    file('authorizers: [{type: RBAC, name: rbac}, {type: RBAC, name: b}]\n'),
    file('authorizers: [{type: RBAC, name: rbac}, {type: Node, name: rbac}]\n'),
    file('authorizers: [{type: Node, name: a}, {type: RBAC, name: b}]\n'),
    file('authorizers: [{type: RBAC, name: rbac, webhook: {}}]\n'),
    file('authorizers: [{type: Webhook, name: a}]\n'),
    file('authorizers: [{type: Webhook, name: a, webhook: {}}]\n'),
    file('authorizers: [{type: ABAC, name: abac}]\n'),
    webhook({ gone: '1' }),
    webhook({ timeout: undefined }),
    webhook({ timeout: '31s' }),
    webhook({ timeout: '-1s' }),
    webhook({ timeout: 'soon' }),
    webhook({ timeout: '3' }),
    webhook({ authorizedTTL: '-1s' }),
    webhook({ unauthorizedTTL: '-90s' }),
    webhook({ cacheAuthorizedRequests: 'maybe' }),
    webhook({ subjectAccessReviewVersion: undefined }),
    webhook({ subjectAccessReviewVersion: 'v2' }),
    webhook({ matchConditionSubjectAccessReviewVersion: 'v1beta1' }),
    webhook({ matchConditionSubjectAccessReviewVersion: undefined, matchConditions: '[{expression: "true"}]' }),
    webhook({ failurePolicy: undefined }),
    webhook({ failurePolicy: 'Gone' }),
    webhook({ connectionInfo: undefined }),
    webhook({ connectionInfo: '{type: Gone}' }),
    webhook({ connectionInfo: '{type: InClusterConfig, kubeConfigFile: /a}' }),
    webhook({ connectionInfo: '{type: KubeConfigFile}' }),
    webhook({ connectionInfo: '{type: KubeConfigFile, kubeConfigFile: ""}' }),
    webhook({ connectionInfo: '{type: KubeConfigFile, kubeConfigFile: a}' }),
    webhook({ connectionInfo: '{type: KubeConfigFile, kubeConfigFile: DIR/gone}' }),
    webhook({ connectionInfo: '{type: KubeConfigFile, kubeConfigFile: DIR}' }),
    webhook({ matchConditions: `[${Array.from({ length: 65 }, (_, at) => `{expression: "${at} == 1"}`).join(', ')}]` }),
    condition(''),
    condition(' '),
    condition('true', 'true'),
    condition('request'),
    condition('1'),
    condition('request.user == "a"', 'request.'),
    condition('request.gone == "a"'),
    condition('request.user == 1'),
    condition('has(request.resourceAttributes) && request.resourceAttributes.gone == ""'),
    condition('request.resourceAttributes.namespace'),
    condition('request.nonResourceAttributes.path.startsWith("/a") ? "a" : "b"'),
    condition('request.resourceAttributes.fieldSelector.requirements.all(r, r.key == 1)'),
    condition('request.groups.exists(g, g == "a") && request.extra["a"] == ["b"] && request.uid == ""', 'gone()'),
    condition('object.metadata.name == "a"'),
    file('authorizers: [{type: AlwaysAllow, name: alwaysallow}, {type: AlwaysDeny, name: a}]\n'),
  ]),
  ...cases('authorization-config', [file('authorizers: [{type: RBAC, name: rbac}]\n')], ['--authorization-mode=RBAC']),
  ...cases('authorization-config', [file('authorizers: [{type: RBAC, name: rbac}]\n')], ['--authorization-webhook-cache-authorized-ttl=1m']),
  ...cases('authorization-webhook-config-file', ['a'], ['--authorization-mode=RBAC']),
  ...cases('authorization-mode', ['Gone', 'RBAC,RBAC', 'Gone,Gone', 'Webhook', 'ABAC', 'RBAC,Webhook,Webhook']),
]
