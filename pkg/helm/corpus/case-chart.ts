/** A case of the corpus as a chart: the template's output stands, encoded, in a document that is always YAML. */
import type { ChartFile } from '../chart/types.ts'

export interface Cases {
  readonly values: unknown
  readonly templates: readonly string[]
}

export interface Expected {
  readonly output?: string
  readonly error?: string
}

/** A whole chart by its files, and what stands after `helm template rel CHART`. */
export interface ChartCase {
  readonly files: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

const helpers = `{{- define "helper" -}}
name: {{ .Values.name }}
{{- end -}}
{{- define "helper.err" -}}
{{ .Values.name.deep.er }}
{{- end -}}
{{- define "helper.ctx" -}}
{{ .root.Values.name }}{{ .x }}
{{- end -}}
{{- define "helper.item" -}}
{{ .i }}/{{ .v.name }};
{{- end -}}
`

/**
 * The case is a file of its own, so that its errors have its lines and columns. What it prints goes through include, since
 * not all of it is YAML.
 */
export function caseFiles({ values }: Cases, template: string): ChartFile[] {
  const file = (name: string, data: string | Buffer): ChartFile => ({ name, data: Buffer.from(data) })
  return [
    file('Chart.yaml', 'apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: "1.0"\ntype: application\n'),
    file('values.yaml', JSON.stringify(values)),
    file('templates/_helpers.tpl', helpers),
    file('templates/_case.tpl', template),
    file('templates/out.yaml', 'out: {{ include (print $.Template.BasePath "/_case.tpl") . | b64enc | quote }}\n'),
    file('conf/a.txt', 'line one\nline two\n'),
    file('conf/b.bin', Buffer.from([0, 255, 254, 65, 10])),
    file('conf/sub/c.txt', 'deep'),
  ]
}

/** The output of the case, from the document that carries it. */
export function unwrapped(manifest: string): string {
  const encoded = /^out: "(.*)"$/m.exec(manifest)?.[1] ?? ''
  return Buffer.from(encoded, 'base64').toString('utf8')
}
