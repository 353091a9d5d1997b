/** Small charts for lines that are compared with the real Helm. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { badChartFiles } from './lint-charts.ts'

const configMap = (name: string, extra = '', data = 'a: "1"'): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-${name}
${extra}data:
  ${data}
`

const hook = (events: string, weight: number, policy: string): string => `  annotations:
    helm.sh/hook: ${events}
    helm.sh/hook-weight: "${weight}"
    helm.sh/hook-delete-policy: ${policy}
`

const files: Readonly<Record<string, string>> = {
  'web/Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
appVersion: "4.5"
description: A page & more
keywords: [web, page]
annotations:
  team: ours
`,
  'web/values.yaml': 'greeting: hello\nreplicas: 1\nextra: false\nport: 80\nnested:\n  one: 1\n  two: "2"\n',
  'web/templates/NOTES.txt': 'Say {{ .Values.greeting }} to {{ .Release.Name }}, revision {{ .Release.Revision }}.\n',
  'web/templates/settings.yaml': configMap('settings', '', 'greeting: {{ .Values.greeting | quote }}'),
  'web/templates/extra.yaml': `{{- if .Values.extra }}\n${configMap('extra')}{{- end }}\n`,
  'web/templates/kept.yaml': configMap('kept', '  annotations:\n    helm.sh/resource-policy: keep\n'),
  'web/templates/secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-secret\nstringData:\n  word: {{ .Values.greeting }}\n',
  'web/templates/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  clusterIP: None\n  selector: {app: web}\n  ports: [{port: {{ .Values.port }}}]\n',
  'web/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: web, release: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: web, release: {{ .Release.Name }}}
    spec:
      containers: [{name: web, image: "web:{{ .Chart.AppVersion }}"}]
`,
  'web/templates/hooks.yaml': `${configMap('before', hook('pre-install,pre-upgrade', -5, 'before-hook-creation,hook-succeeded'))}---
${configMap('after', hook('post-install', 5, 'before-hook-creation'))}---
${configMap('deletion', hook('pre-delete,post-delete', 0, 'hook-succeeded'))}`,
  'web/templates/tests/test.yaml': configMap('test', '  annotations:\n    helm.sh/hook: test\n'),
  'plain/Chart.yaml': 'apiVersion: v2\nname: plain\nversion: 0.1.0\n',
  'plain/templates/one.yaml': configMap('one'),
  'library/Chart.yaml': 'apiVersion: v2\nname: library\nversion: 0.1.0\ntype: library\n',
  'missing/Chart.yaml':
    'apiVersion: v2\nname: missing\nversion: 0.1.0\ndependencies:\n- name: other\n  version: 1.0.0\n  repository: https://charts.example.com\n',
  'unknown/Chart.yaml': 'apiVersion: v2\nname: unknown\nversion: 0.1.0\n',
  'unknown/templates/a.yaml': 'apiVersion: example.com/v1\nkind: Nothing\nmetadata:\n  name: a\n',
  'nameless/Chart.yaml': 'apiVersion: v2\nname: nameless\nversion: 0.1.0\n',
  'nameless/templates/a.yaml': 'apiVersion: v1\nmetadata:\n  name: a\n',
  'wrong/Chart.yaml': 'apiVersion: v2\nname: wrong\nversion: 0.1.0\n',
  'wrong/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: wrong-{{ .Release.Name }}\ndata:\n  a: {b: c}\n',
  'failing/Chart.yaml': 'apiVersion: v2\nname: failing\nversion: 0.1.0\n',
  'failing/templates/a.yaml': '{{ fail "no more" }}\n',
  'strict/Chart.yaml': 'apiVersion: v2\nname: strict\nversion: 0.1.0\n',
  'strict/values.yaml': 'size: 1\n',
  'strict/values.schema.json': '{"type":"object","properties":{"size":{"type":"integer","minimum":1}},"required":["size"]}',
  'strict/templates/a.yaml': configMap('strict', '', 'size: "{{ .Values.size }}"'),
  'crds/Chart.yaml': 'apiVersion: v2\nname: crds\nversion: 0.1.0\ndeprecated: true\n',
  'crds/README.md': '# crds\n\nText.\n',
  'crds/crds/widgets.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.golden.example.com
spec:
  group: golden.example.com
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`,
  'looking/Chart.yaml': 'apiVersion: v2\nname: looking\nversion: 0.1.0\n',
  'looking/templates/a.yaml': `{{- $found := lookup "v1" "ConfigMap" .Release.Namespace (printf "%s-seen" .Release.Name) }}
{{- $all := lookup "v1" "Namespace" "" "" }}
{{- $none := lookup "v1" "ConfigMap" .Release.Namespace "never" }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-looked
data:
  found: {{ $found.data | toJson | quote }}
  namespaces: {{ has "default" (pluck "name" (list (dict "name" "default"))) | quote }}
  any: {{ gt (len $all.items) 0 | quote }}
  none: {{ $none | toJson | quote }}
`,
  'family/Chart.yaml': `apiVersion: v2
name: family
version: 2.0.0
appVersion: v1
type: application
kubeVersion: ">=1.20.0-0"
home: https://example.com/family
icon: https://example.com/icon.png
sources: [https://example.com/source]
maintainers: [{name: Ada, email: ada@example.com, url: https://example.com/ada}, {name: Grace}]
annotations: {z: last, a: "<first>"}
dependencies:
- name: child
  version: ">0.1.0"
  repository: https://charts.example.com
  alias: kid
  condition: kid.enabled
  tags: [small]
  import-values: [data, {child: inner, parent: outer}]
`,
  'family/Chart.lock':
    'dependencies:\n- name: child\n  repository: https://charts.example.com\n  version: 0.2.0\ndigest: sha256:0123\ngenerated: "2026-01-02T03:04:05.678901234Z"\n',
  'family/.helmignore': '*.tmp\n',
  'family/README.md': '# family\n\u2028 <&>\n',
  'family/values.yaml':
    'float: 1.5\nbig: 12345678901234567890\nhuge: 1e21\nsmall: 0.0000001\ninteger: 3\nzero: 0\nnone: null\nflag: true\ntext: "<a & b>"\nlist: [1, two, {three: 3}, []]\nempty: {}\nkid: {enabled: true, own: 1}\nglobal: {g: 1}\n',
  'family/values.schema.json': '{"type":"object"}\n',
  'family/templates/one.yaml': configMap('family', '', 'values: {{ .Values | toJson | quote }}'),
  'family/templates/_helpers.tpl': '{{- define "named" }}x{{ end }}\n',
  'family/charts/child/Chart.yaml': 'apiVersion: v1\nname: child\nversion: 0.2.0\ndescription: small\n',
  'family/charts/child/values.yaml': 'exports: {data: {fromChild: 1}}\ninner: {deep: yes}\n',
  'family/charts/child/templates/child.yaml': configMap('child', '', 'values: {{ .Values | toJson | quote }}'),
  'owned/Chart.yaml': 'apiVersion: v2\nname: owned\nversion: 0.1.0\n',
  'owned/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n  namespace: {{ .Values.namespace | default .Release.Namespace }}\nimmutable: {{ .Values.immutable | default false }}\ndata:\n  value: {{ .Values.value | default 1 | quote }}\n',
  'twice/Chart.yaml': 'apiVersion: v2\nname: twice\nversion: 0.1.0\n',
  'twice/templates/a.yaml': `${configMap('same')}---\n${configMap('same', '', 'b: "2"')}`,
  'hooked/Chart.yaml': 'apiVersion: v2\nname: hooked\nversion: 0.1.0\n',
  'hooked/templates/a.yaml': configMap('plain'),
  'hooked/templates/NOTES.txt': 'Broken is {{ .Values.broken | default "nothing" }}.\n',
  'hooked/templates/hooks.yaml': `{{- range $at, $event := list "pre-install" "post-install" "pre-upgrade" "post-upgrade" "pre-rollback" "post-rollback" "pre-delete" "post-delete" "test" }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $event }}
  annotations:
    helm.sh/hook: {{ $event }}{{ if $.Values.wrongEvent }},never{{ end }}
    helm.sh/hook-weight: "{{ $.Values.weight | default (sub 5 $at) }}"
    helm.sh/hook-delete-policy: {{ $.Values.policy | default "before-hook-creation" }}
data:
  a: {{ if eq ($.Values.broken | default "") $event }}{b: c}{{ else }}"1"{{ end }}
{{- end }}
`,
  'broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 0.1.0\n',
  'broken/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\n  metadata: {name: a}\n',
  'values.yaml': 'greeting: from file\nnested:\n  three: 3\n',
}

/** What `writeCharts` puts into a folder. */
export const chartNames: ReadonlySet<string> = new Set([...Object.keys(files).map((path) => path.split('/')[0]!), 'lint'])

export function writeCharts(folder: string): void {
  for (const [name, text] of [...Object.entries(files), ...badChartFiles()]) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}
