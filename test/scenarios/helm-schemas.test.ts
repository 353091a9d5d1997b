/** References of values.schema.json to other documents: files, addresses, URNs; ours and, where there is one, the real Helm. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { both } from '#helm/testing/both.ts'
import { listening, place } from '#helm/testing/servers.ts'

interface Case {
  readonly name: string
  readonly schema: (server: string) => object
  readonly values: object
  /** After "chart:\n"; '' for valid values. */
  readonly told: (server: string) => string
  readonly warned?: string
}

const number = { type: 'integer', minimum: 1 }
/** What the server has. */
const documents = (server: string): Record<string, unknown> => ({
  '/size.json': { $schema: 'http://json-schema.org/draft-07/schema#', definitions: { size: number, mail: { type: 'string', format: 'email' } }, ...number },
  '/chain.json': { $ref: 'size.json#/definitions/size' },
  '/named.json': { $defs: { a: { $anchor: 'here', type: 'boolean' } } },
  '/wrong.json': { type: 'nothing' },
  '/dialect.json': { $id: `${server}/dialect.json`, $schema: 'https://json-schema.org/draft/2020-12/schema' },
  '/broken.json': undefined,
})

const size = (reference: string): object => ({ properties: { size: { $ref: reference } } })
const tooSmall = "- at '/size': minimum: got 0, want 1\n"

const cases: readonly Case[] = [
  { name: 'a document that is there', schema: (server) => size(`${server}/size.json`), values: { size: 0 }, told: () => tooSmall },
  { name: 'a part of it', schema: (server) => size(`${server}/size.json#/definitions/size`), values: { size: 0 }, told: () => tooSmall },
  { name: 'a document that leads to another', schema: (server) => size(`${server}/chain.json`), values: { size: 0 }, told: () => tooSmall },
  { name: 'values that are valid', schema: (server) => size(`${server}/chain.json`), values: { size: 2 }, told: () => '' },
  {
    name: 'an address of its own, to which references are relative',
    schema: (server) => ({ $id: `${server}/values.json`, ...size('size.json') }),
    values: { size: 0 },
    told: () => tooSmall,
  },
  {
    name: 'an anchor elsewhere',
    schema: (server) => size(`${server}/named.json#here`),
    values: { size: 0 },
    told: () => "- at '/size': got number, want boolean\n",
  },
  {
    name: 'an anchor that is not there',
    schema: (server) => size(`${server}/size.json#gone`),
    values: {},
    told: (server) => `anchor in "${server}/size.json#gone" not found in schema "${server}/size.json"`,
  },
  {
    name: 'a part that is not there',
    schema: (server) => size(`${server}/size.json#/definitions/gone`),
    values: {},
    told: (server) => `json-pointer in "${server}/size.json#/definitions/gone" not found`,
  },
  {
    name: 'a document that is not there',
    schema: (server) => size(`${server}/gone.json`),
    values: { size: 0 },
    told: (server) => `failing loading "${server}/gone.json": HTTP request to ${server}/gone.json returned status 404 (Not Found)`,
  },
  {
    name: 'a server that is not there',
    schema: () => size('http://127.0.0.1:1/a.json'),
    values: {},
    told: () =>
      'failing loading "http://127.0.0.1:1/a.json": HTTP request failed for http://127.0.0.1:1/a.json: Get "http://127.0.0.1:1/a.json": dial tcp 127.0.0.1:1: connect: connection refused',
  },
  {
    name: 'a document that is no JSON',
    schema: (server) => size(`${server}/broken.json`),
    values: {},
    told: (server) => `failing loading "${server}/broken.json": invalid character 'o' in literal null (expecting 'u')`,
  },
  {
    name: 'a document that is no schema',
    schema: (server) => size(`${server}/wrong.json`),
    values: {},
    told: (server) =>
      `"${server}/wrong.json#" is not valid against metaschema: jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n- at '': 'allOf' failed\n  - at '/type': 'anyOf' failed\n    - at '/type': value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'\n    - at '/type': got string, want array`,
  },
  {
    name: 'a URN',
    schema: () => size('urn:example:size'),
    values: { size: 0 },
    told: () => '',
    warned: 'level=WARN msg="unresolved URN reference ignored; using permissive schema" urn=urn:example:size\n',
  },
  {
    name: 'a scheme that nobody knows',
    schema: () => size('ftp://example.com/a.json'),
    values: {},
    told: () => 'failing loading "ftp://example.com/a.json": no URLLoader registered for "ftp://example.com/a.json"',
  },
  {
    name: 'a metaschema',
    schema: () => size('http://json-schema.org/draft-07/schema#'),
    values: { size: { type: 1 } },
    told: () =>
      "- at '/size/type': 'anyOf' failed\n  - at '/size/type': value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'\n  - at '/size/type': got number, want array\n",
  },
  {
    name: 'a $schema that is a document',
    schema: (server) => ({ $schema: `${server}/dialect.json`, ...size('#/$defs/size'), $defs: { size: number } }),
    values: { size: 0 },
    told: () => tooSmall,
  },
  {
    name: 'a $schema that is not there',
    schema: (server) => ({ $schema: `${server}/gone.json` }),
    values: {},
    told: (server) => `failing loading "${server}/gone.json": HTTP request to ${server}/gone.json returned status 404 (Not Found)`,
  },
  {
    name: 'formats, which draft 7 asserts',
    schema: (server) => size(`${server}/size.json#/definitions/mail`),
    values: { size: 'nobody' },
    told: () => "- at '/size': 'nobody' is not valid email: missing @\n",
  },
  {
    name: 'formats, which draft 2020-12 does not assert',
    schema: () => ({ properties: { size: { format: 'email' } } }),
    values: { size: 'nobody' },
    told: () => '',
  },
]

test('references are followed, and what cannot be had is told, as by the real Helm', async (t) => {
  const surroundings = place(t)
  let server = ''
  server = `http://${await listening(
    t,
    createServer((request, response) => {
      const all = documents(server)
      if (!Object.hasOwn(all, request.url!)) response.writeHead(404).end()
      else response.end(JSON.stringify(all[request.url!]) ?? 'nothing')
    }),
  )}`
  const chart = join(surroundings.dir, 'chart')
  mkdirSync(chart)
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 0.1.0\n')
  for (const { name, schema, values, told, warned = '' } of cases) {
    writeFileSync(join(chart, 'values.schema.json'), JSON.stringify(schema(server)))
    writeFileSync(join(chart, 'values.yaml'), JSON.stringify(values))
    const { stderr } = await both('template ./chart', surroundings)
    const wanted = told(server)
    const error = wanted === '' ? '' : `Error: values don't meet the specifications of the schema(s) in the following chart(s):\nchart:\n${wanted}\n`
    assert.deepEqual({ name, stderr }, { name, stderr: warned + error })
  }
})
