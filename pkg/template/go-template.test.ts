import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GoTemplateError, parseGoTemplate, renderGoTemplate } from './go-template.ts'

const pod = { kind: 'Pod', metadata: { name: 'web', labels: { b: '2', a: '1' } }, spec: { containers: [{ name: 'c', ports: [{ containerPort: 8080 }] }] } }

test('kubectl templates walk objects as Go does', () => {
  const cases: [string, string][] = [
    ['{{.metadata.name}}', 'web'],
    ['{{.metadata.labels}}', 'map[a:1 b:2]'],
    ['{{range .spec.containers}}{{.name}}:{{range .ports}}{{.containerPort}}{{end}}{{"\\n"}}{{end}}', 'c:8080\n'],
    ['{{.metadata.missing}}', '<no value>'],
    ['{{.metadata.missing.deeper}}', '<no value>'],
    ['{{if exists .metadata "labels" "a"}}yes{{else}}no{{end}}', 'yes'],
    ['{{if exists .metadata "labels" "z"}}yes{{else}}no{{end}}', 'no'],
    ['{{base64decode "aGVsbG8="}}', 'hello'],
    ['{{index .metadata.labels "a"}}', '1'],
    ['{{printf "%.0f" (index .spec.containers 0).ports}}', '[map[%!f(string=):8080]]'],
  ]
  for (const [template, wanted] of cases) assert.equal(renderGoTemplate(template, pod), wanted, template)
})

test('a template that fails shows the data it met', () => {
  const render = parseGoTemplate('a{{.kind.x}}')
  assert.throws(
    () => render(pod),
    (error: unknown) => {
      assert.ok(error instanceof GoTemplateError)
      assert.equal(
        error.message,
        'error executing template "a{{.kind.x}}": template: output:1:8: executing "output" at <.kind.x>: can\'t evaluate field x in type interface {}',
      )
      assert.match(error.printed, /^aError executing template: .*\n\ttemplate was:\n\t\ta\{\{\.kind\.x\}\}\n\traw data was:\n\t\t\{"kind":"Pod"/)
      return true
    },
  )
})

test('missing keys are errors when they are not allowed', () => {
  assert.throws(() => renderGoTemplate('{{.nope}}', pod, { allowMissingKeys: false }), /map has no entry for key "nope"/)
})

test('a text that is no template is told by line', () => {
  assert.throws(() => parseGoTemplate('{{.a'), /^Error: error parsing template \{\{\.a, template: output:1: unclosed action$/)
})
