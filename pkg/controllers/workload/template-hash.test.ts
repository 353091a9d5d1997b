/**
 * `testdata/template-hashes.json`: pod templates (filled at random from each field of the type, and one for each way to write a quantity) with the
 * hashes that controller.ComputeHash and history.HashControllerRevision of k8s.io/kubernetes v1.36.1 gave them.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type PodTemplateSpec, PodTemplateSpecSchema } from '#api/gen/core/v1.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'
import type { StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import { goStructs } from './template-dump/gen/go-structs.ts'
import { templateDump } from './template-dump/index.ts'
import { revisionHash, templateHash } from './template-hash.ts'

interface Recorded {
  readonly template: PodTemplateSpec
  readonly collisionCount?: number
  readonly hash: string
  readonly revision: string
}

const recorded: readonly Recorded[] = JSON.parse(readFileSync(new URL('testdata/template-hashes.json', import.meta.url), 'utf8'))

test('templates have the hashes that kube-controller-manager gives them', () => {
  const parted = recorded.filter(({ template, collisionCount, hash }) => templateHash(template, collisionCount) !== hash)
  assert.deepEqual(parted, [])
})

test('revisions have the hashes that kube-controller-manager gives them', () => {
  const dataOf = (template: PodTemplateSpec) => goJson({ spec: { template: { ...template, $patch: 'replace' } } })
  const parted = recorded.filter(({ template, collisionCount, revision }) => revisionHash(dataOf(template), collisionCount) !== revision)
  assert.deepEqual(parted, [])
})

test('the dump knows every field of the template that the API has', () => {
  const missing: string[] = []
  const seen = new Set<string>()
  const look = (schema: TypeSchema): void => {
    if (schema.kind === 'list') look(schema.element)
    else if (schema.kind === 'struct' && !seen.has(schema.name)) lookInto(schema)
  }
  const lookInto = (struct: StructSchema): void => {
    seen.add(struct.name)
    const known = goStructs[`v1.${struct.name.split('.').at(-1)}`]?.split('\n').map((line) => line.trim().split(' ')[1])
    for (const { name, type } of struct.fields) {
      if (!known?.includes(name || '-')) missing.push(`${struct.name}.${name}`)
      look(type)
    }
  }
  look(PodTemplateSpecSchema)
  assert.deepEqual(missing, [])
})

test('times that a template carries are printed as in UTC', () => {
  const dump = templateDump({ metadata: { creationTimestamp: '2026-01-02T03:04:05Z' }, spec: { containers: [] } } as never)
  assert.match(
    dump,
    /CreationTimestamp:\(v1\.Time\)\{Time:\(time\.Time\)\{wall:\(uint64\)0 ext:\(int64\)63902919845 loc:\(\*time\.Location\)\{name:\(string\)UTC /,
  )
})
