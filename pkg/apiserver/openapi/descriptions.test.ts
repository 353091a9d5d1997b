import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitions } from '#api/index.ts'
import { buildOpenApiV2, ClientNodeDescriptions } from './index.ts'

/** Upstream says nothing of most of these either: it only names them after JSON Schema's own words, or as /version does. */
const undescribed = /\.apiextensions\.v1\.(JSONSchemaProps|ExternalDocumentation)\.|\.pkg\.version\.Info\.|\.WatchEvent\.type$/

test('every field of every kind has a description, its own or that of what it holds', () => {
  const document = JSON.parse(buildOpenApiV2(definitions, { version: 'v1.36.0', descriptions: new ClientNodeDescriptions() }).json().toString())
  const types: Record<string, { description?: string; properties?: Record<string, { description?: string }> }> = document.definitions
  const without: string[] = []
  let count = 0
  for (const [type, { properties = {} }] of Object.entries(types)) {
    for (const [field, { description }] of Object.entries(properties)) {
      count++
      if (!description && !undescribed.test(`${type}.${field}`)) without.push(`${type}.${field}`)
    }
  }
  assert.ok(count > 2000)
  assert.deepEqual(without, [])
})
