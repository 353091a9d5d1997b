/** Files for --admission-control-config-file, and the flags that choose plugins. */
import { cases } from './types.ts'

const file = (body: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n${body}`
const plugin = (name: string, configuration: string): string => file(`plugins: [{name: ${name}, configuration: ${configuration}}]\n`)
const podSecurity = (fields: string): string =>
  plugin('PodSecurity', `{apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration, ${fields}}`)
const quota = (fields: string): string => plugin('ResourceQuota', `{apiVersion: apiserver.config.k8s.io/v1, kind: ResourceQuotaConfiguration, ${fields}}`)
const rates = (fields: string): string => plugin('EventRateLimit', `{apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration, ${fields}}`)
const tolerations = (fields: string): string => plugin('PodTolerationRestriction', fields)
const webhook = (name: string, fields: string): string => plugin(name, `{apiVersion: apiserver.config.k8s.io/v1, kind: WebhookAdmissionConfiguration${fields}}`)

export const admission = [
  ...cases('admission-control-config-file', [
    '',
    'a',
    'kind: AdmissionConfiguration\n',
    'apiVersion: apiserver.config.k8s.io/v1\nkind: Gone\n',
    'apiVersion: apiserver.k8s.io/v1\nkind: AdmissionConfiguration\n',
    file('gone: 1\n'),
    file('plugins: {}\n'),
    file('plugins: [{name: Gone, path: gone.yaml}]\n'),
    file('plugins: [{name: PodSecurity, path: gone.yaml}]\n'),
    plugin('Gone', '{}'),
    plugin('PodSecurity', '{}'),
    plugin('PodSecurity', '{apiVersion: v1, kind: Gone}'),
    podSecurity('gone: 1'),
    podSecurity('defaults: {enforce: gone, audit: gone, warn: gone}'),
    podSecurity('defaults: {enforce-version: gone, audit-version: v1.99, warn-version: latest}'),
    podSecurity('exemptions: {namespaces: [a, a, A_], usernames: [b, b, ""], runtimeClasses: [c, c, C_]}'),
    quota('limitedResources: [{resource: pods, matchContains: [a]}]'),
    quota('gone: 1'),
    webhook('ValidatingAdmissionWebhook', ''),
    webhook('MutatingAdmissionWebhook', ', kubeConfigFile: a'),
    webhook('ValidatingAdmissionWebhook', ', kubeConfigFile: DIR/gone'),
    webhook('ValidatingAdmissionWebhook', ', gone: 1'),
  ]),
  ...cases(
    'admission-control-config-file',
    [
      file(''),
      rates('limits: []'),
      rates('gone: 1'),
      rates('limits: [{}]'),
      rates('limits: [{type: Gone, qps: 1, burst: 1}]'),
      rates('limits: [{type: Server, qps: 0, burst: 0}]'),
      rates('limits: [{type: Server, qps: -1, burst: -1, cacheSize: 5}]'),
      rates('limits: [{type: Namespace, qps: 1, burst: 1, cacheSize: -1}]'),
      rates('limits: [{type: Namespace, qps: 1, burst: 1}, {type: Namespace, qps: 1, burst: 1}]'),
      plugin('EventRateLimit', '{}'),
    ],
    ['--enable-admission-plugins=EventRateLimit'],
  ),
  ...cases(
    'admission-control-config-file',
    [tolerations('{apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1, kind: Configuration, gone: 1}'), tolerations('{kind: Gone}')],
    ['--enable-admission-plugins=PodTolerationRestriction'],
  ),
  ...cases(
    'admission-control-config-file',
    [
      file(''),
      plugin('ImagePolicyWebhook', '{imagePolicy: {}}'),
      plugin('ImagePolicyWebhook', '{imagePolicy: {kubeConfigFile: DIR/kubeconfig, allowTTL: 5000}}'),
      plugin('ImagePolicyWebhook', '{imagePolicy: {kubeConfigFile: DIR/kubeconfig, denyTTL: -2}}'),
      plugin('ImagePolicyWebhook', '{imagePolicy: {kubeConfigFile: DIR/kubeconfig, retryBackoff: -2}}'),
      plugin('ImagePolicyWebhook', '{imagePolicy: {kubeConfigFile: DIR/kubeconfig, retryBackoff: 999999}}'),
      plugin('ImagePolicyWebhook', '{imagePolicy: {kubeConfigFile: DIR/gone}}'),
    ],
    ['--enable-admission-plugins=ImagePolicyWebhook'],
  ),
  ...cases(
    'admission-control-config-file',
    [
      plugin('PodNodeSelector', '{podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: "a in (b)"}}'),
      plugin('PodNodeSelector', '{podNodeSelectorPluginConfig: []}'),
    ],
    ['--enable-admission-plugins=PodNodeSelector'],
  ),
  ...cases('enable-admission-plugins', ['Gone', 'Gone,Another', 'Priority,Priority', 'Priority'], ['--disable-admission-plugins=Priority']),
  ...cases('enable-admission-plugins', ['Gone', 'AlwaysPullImages, Gone', '']),
  ...cases('disable-admission-plugins', ['Gone', 'PodSecurity,Gone']),
]
