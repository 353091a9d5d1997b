/** Charts with which something is wrong, each by one rule of lint; lines of scripts.ts run `lint`, `template` and `package` on them. */
const about = (name: string, more = ''): string => `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}`
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: "1"\n'

/** By name, the files of each; one whose Chart.yaml is not among them has an ordinary one. */
export const badCharts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  noapi: { 'Chart.yaml': 'name: noapi\nversion: 0.1.0\n' },
  badapi: { 'Chart.yaml': 'apiVersion: v7\nname: badapi\nversion: 0.1.0\n' },
  badversion: { 'Chart.yaml': 'apiVersion: v2\nname: badversion\nversion: one\n' },
  zeroversion: { 'Chart.yaml': 'apiVersion: v2\nname: zeroversion\nversion: 0.0.0\n' },
  looseversion: { 'Chart.yaml': 'apiVersion: v2\nname: looseversion\nversion: "1.2"\n' },
  noversion: { 'Chart.yaml': 'apiVersion: v2\nname: noversion\n' },
  noname: { 'Chart.yaml': 'apiVersion: v2\nversion: 0.1.0\n' },
  badname: { 'Chart.yaml': about('Bad_Name') },
  slashname: { 'Chart.yaml': about('a/b') },
  badtype: { 'Chart.yaml': about('badtype', 'type: other\n') },
  library: { 'Chart.yaml': about('library', 'type: library\n'), 'templates/a.yaml': configMap },
  badyaml: { 'Chart.yaml': 'apiVersion: v2\nname: [\n' },
  listyaml: { 'Chart.yaml': '- a\n- b\n' },
  notemplates: { 'values.yaml': 'a: 1\n' },
  templatesfile: { templates: 'not a folder' },
  badvalues: { 'values.yaml': 'a: [\n' },
  listvalues: { 'values.yaml': '- a\n' },
  duplicatevalues: { 'values.yaml': 'a: 1\na: 2\n' },
  badtemplate: { 'templates/a.yaml': '{{ if }}' },
  nilpointer: { 'templates/a.yaml': `${configMap}  b: {{ .Values.no.such.thing }}\n` },
  requires: { 'templates/a.yaml': `${configMap}  b: {{ required "say b" .Values.b }}\n` },
  fails: { 'templates/a.yaml': '{{ fail "never" }}' },
  badmanifest: { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\n  metadata: x\n' },
  badnames: { 'templates/a.yaml': configMap.replace('name: a', 'name: A_B') },
  nonames: { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {}\n' },
  longname: { 'templates/a.yaml': configMap.replace('name: a', `name: ${'a'.repeat(300)}`) },
  clusterrole: { 'templates/a.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: "system:A_b"\nrules: []\n' },
  v1deps: {
    'Chart.yaml':
      'apiVersion: v1\nname: v1deps\nversion: 0.1.0\ndependencies: [{name: a, version: 1.0.0, repository: "https://charts.example.com"}]\ntype: library\n',
  },
  requirements: { 'requirements.yaml': 'dependencies: [{name: a, version: 1.0.0, repository: "https://charts.example.com"}]\n' },
  dupdeps: {
    'Chart.yaml': about(
      'dupdeps',
      'dependencies: [{name: a, version: 1.0.0, repository: "https://x.example.com"}, {name: a, version: 1.0.0, repository: "https://x.example.com"}]\n',
    ),
  },
  missingdeps: { 'Chart.yaml': about('missingdeps', 'dependencies: [{name: a, version: 1.0.0, repository: "https://x.example.com"}]\n') },
  undeclared: { 'charts/b/Chart.yaml': about('b') },
  nulldeps: { 'Chart.yaml': about('nulldeps', 'dependencies: [null]\n') },
  aliases: { 'Chart.yaml': about('aliases', 'dependencies: [{name: a, version: 1.0.0, repository: "https://x.example.com", alias: "b c"}]\n') },
  badicon: { 'Chart.yaml': about('badicon', 'icon: nothing at all\n') },
  badmaintainer: {
    'Chart.yaml': about('badmaintainer', 'maintainers: [{name: "", email: nobody, url: none}, {name: a, email: x, url: "::"}, {email: a@example.com}]\n'),
  },
  nullmaintainer: { 'Chart.yaml': about('nullmaintainer', 'maintainers: [null]\n') },
  badsource: { 'Chart.yaml': about('badsource', 'sources: ["ftp:/x", "nothing", ""]\nhome: "::x"\n') },
  badkube: { 'Chart.yaml': about('badkube', 'kubeVersion: "> x"\n') },
  oldkube: { 'Chart.yaml': about('oldkube', 'kubeVersion: "<1.10.0"\n') },
  badschema: { 'values.schema.json': '{"type": ', 'values.yaml': 'a: 1\n' },
  wrongschema: { 'values.schema.json': '{"type": "object", "required": ["b"], "properties": {"a": {"type": "string"}}}', 'values.yaml': 'a: 1\n' },
  deprecatedapi: { 'templates/a.yaml': 'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata:\n  name: a\nspec: {}\n' },
  noselector: { 'templates/a.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec: {template: {metadata: {labels: {a: b}}}}\n' },
  badextension: { 'templates/a.json': '{}', 'templates/b.sh': 'x', 'templates/c.tpl': '{{ define "c" }}{{ end }}' },
  badindent: { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n      name: a\n    data: {}\n' },
  topindent: { 'templates/a.yaml': '  apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n' },
  carriage: { 'templates/a.yaml': configMap.replaceAll('\n', '\r\n'), 'values.yaml': 'a: 1\r\n' },
  intversion: { 'Chart.yaml': 'apiVersion: v2\nname: intversion\nversion: 1\nappVersion: 2\n' },
  appversion: { 'Chart.yaml': about('appversion', 'appVersion: 1.10\n') },
  mapappversion: { 'Chart.yaml': about('mapappversion', 'appVersion: {a: b}\n') },
  listname: { 'Chart.yaml': 'apiVersion: v2\nname: [a]\nversion: 0.1.0\n' },
  documents: { 'templates/a.yaml': `${configMap}---\n---\n# nothing\n---\n${configMap.replace('name: a', 'name: b')}` },
  listkind: { 'templates/a.yaml': 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n' },
  listannotations: {
    'templates/a.yaml':
      'apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {helm.sh/resource-policy: keep}}}\n',
  },
  emptytemplate: { 'templates/a.yaml': '', 'templates/b.yaml': '# only a comment\n' },
  badcrd: { 'crds/a.yaml': 'kind: [\n', 'crds/b.yaml': 'apiVersion: v1\nkind: ConfigMap\n' },
  templatedcrd: { 'crds/a.yaml': 'apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata: {name: "{{ .x }}"}\n' },
  notes: { 'templates/NOTES.txt': '{{ .Values.x.y }}' },
  ignored: { '.helmignore': '[\n', 'templates/a.yaml': configMap },
  negated: { '.helmignore': '!x\n**/y\n', 'templates/a.yaml': configMap },
  deprecated: { 'Chart.yaml': about('deprecated', 'deprecated: true\n') },
  deprecatedtext: { 'Chart.yaml': about('deprecatedtext', 'deprecated: "yes"\n') },
  hooks: { 'templates/a.yaml': configMap.replace('name: a\n', 'name: a\n  annotations: {helm.sh/hook: nonsense, helm.sh/hook-weight: x}\n') },
  numberannotation: { 'templates/a.yaml': configMap.replace('name: a\n', 'name: a\n  annotations: {a: 1}\n') },
  unclosed: { 'templates/a.yaml': '{{ range .Values }}x' },
  unknownfunction: { 'templates/a.yaml': '{{ nothing 1 }}' },
  bytesmark: { 'values.yaml': '\ufeffa: 1\n', 'templates/a.yaml': `\ufeff${configMap}` },
  tabs: { 'values.yaml': 'a:\n\tb: 1\n' },
  anchors: { 'values.yaml': 'a: &a [x]\nb: *a\nc: *none\n' },
}

/** Path and text of every file, below `lint/`. */
export function badChartFiles(): (readonly [string, string])[] {
  return Object.entries(badCharts).flatMap(([name, files]) => {
    const own = Object.entries(files).map(([path, text]) => [`lint/${name}/${path}`, text] as const)
    return 'Chart.yaml' in files ? own : [[`lint/${name}/Chart.yaml`, about(name)] as const, ...own]
  })
}
