/** Files for --audit-policy-file. */
import { cases } from './types.ts'

const file = (body: string): string => `apiVersion: audit.k8s.io/v1\nkind: Policy\n${body}`
const rule = (fields: string): string => file(`rules: [{${fields}}]\n`)

export const audit = [
  ...cases(
    'audit-policy-file',
    [
      '',
      'a',
      'kind: Policy\n',
      'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\n',
      'apiVersion: audit.k8s.io/v1\nkind: Gone\n',
      file(''),
      file('rules: []\n'),
      file('rules: {}\n'),
      file('rules: [{level: None}]\ngone: 1\n'),
      file('rules: [{level: None}]\nomitStages: [Gone]\n'),
      rule(''),
      rule('level: Gone'),
      rule('level: None, gone: 1'),
      rule('level: None, nonResourceURLs: [a]'),
      rule('level: None, nonResourceURLs: ["/a*b"]'),
      rule('level: None, nonResourceURLs: ["*"], namespaces: [a]'),
      rule('level: None, nonResourceURLs: ["/a"], resources: [{group: ""}]'),
      rule('level: None, resources: [{group: "a/v1"}]'),
      rule('level: None, resources: [{group: "A_"}]'),
      rule('level: None, resources: [{resourceNames: [a]}]'),
      rule('level: None, omitStages: [Gone, RequestReceived]'),
      rule('level: None, users: a'),
      rule('level: Gone, nonResourceURLs: [a], omitStages: [b], resources: [{group: "A_", resourceNames: [x]}]'),
    ],
    ['--audit-log-path=-'],
  ),
  ...cases('audit-log-mode', ['gone']),
  ...cases('audit-log-maxage', ['-1', 'a']),
  ...cases('audit-log-version', ['v1', 'a/b/c']),
  ...cases('audit-log-format', ['xml'], ['--audit-log-path=-']),
  ...cases('audit-webhook-mode', ['gone'], ['--audit-webhook-config-file=DIR/kubeconfig']),
]
