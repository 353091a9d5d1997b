import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerZPage, flagzPage, statuszPage } from './index.ts'

const page = flagzPage('kube-scheduler', { v: '0', 'feature-gates': '', config: '[a]' })
const ask = (accept?: string, pretty = false) => answerZPage(page, { accept, pretty })
const notice = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'
const text = `\nkube-scheduler flagz\n${notice}\nconfig=[a]\nfeature-gates=\nv=0\n`
const asked = (type: string, version = 'v1beta1') => `application/${type};g=config.k8s.io;v=${version};as=Flagz`

test('a page is text, or the document where it is asked for by group, version and kind', () => {
  for (const accept of [undefined, '', 'text/plain', 'text/plain;charset=utf-8', 'text/*', '*/*', 'text/html,text/plain', 'application/json, text/plain']) {
    const { status, headers, body } = ask(accept)
    assert.deepEqual([status, headers['content-type'], body], [200, 'text/plain; charset=utf-8', text], String(accept))
  }
  const json = ask(asked('json'))
  assert.equal(json.headers['content-type'], asked('json'))
  assert.equal(
    json.body,
    '{"kind":"Flagz","apiVersion":"config.k8s.io/v1beta1","metadata":{"name":"kube-scheduler"},"flags":{"config":"[a]","feature-gates":"","v":"0"}}\n',
  )
  assert.match(ask(asked('json'), true).body, /^\{\n {2}"kind": "Flagz",\n.*\n\}$/s)
  assert.match(ask(asked('yaml')).body, /^apiVersion: config.k8s.io\/v1beta1\nflags:\n {2}config: '\[a\]'\n {2}feature-gates: ""\n {2}v: "0"\nkind: Flagz\n/)
})

test('the better liked comes first, and the exact before the star', () => {
  assert.equal(ask(`text/plain;q=0.1,${asked('json')}`).headers['content-type'], asked('json'))
  assert.equal(ask(`*/*,${asked('yaml')}`).headers['content-type'], asked('yaml'))
})

test('the old version warns, and what is not written is not acceptable', () => {
  const deprecated = '299 - "This version of the flagz endpoint is deprecated. Please use a newer version."'
  assert.equal(ask(asked('json', 'v1alpha1')).headers.warning, deprecated)
  const refused = ['application/json', 'application/*', 'text/html', 'garbage', 'TEXT/PLAIN', asked('cbor'), asked('json', 'v1'), asked('json').toLowerCase()]
  for (const accept of refused) {
    const { status, body } = ask(accept, true)
    assert.equal(status, 406, accept)
    assert.equal(Buffer.byteLength(body), 237)
    assert.match(body, /"only the following media types are accepted: application\/json, application\/yaml, text\/plain"/)
  }
  const yaml = ask('text/html,application/yaml')
  assert.equal(yaml.headers['content-type'], 'application/yaml')
  assert.match(yaml.body, /^apiVersion: v1\ncode: 406\nkind: Status\nmessage: 'only .* application\/yaml,\n {2}text\/plain'\n/)
  assert.equal(ask('application/yaml;as=Table').headers['content-type'], 'application/json')
  assert.match(ask('application/json').body, /^\{"kind":"Status",.*\}\n$/)
})

test('a Statusz tells the time as date does, and since when the server runs', () => {
  const facts = {
    startedAtMs: Date.UTC(2026, 10, 9, 9, 5, 6),
    nowMs: Date.UTC(2026, 10, 10, 10, 7, 9),
    goVersion: 'go',
    binaryVersion: '1.36.1',
    paths: ['/a', '/b'],
  }
  const status = statuszPage('kubelet', facts)
  assert.equal(
    status.text,
    '\nStarted:  Mon Nov  9 09:05:06 UTC 2026\nUp:  25 hr 02 min 03 sec\nGo version:  go\nBinary version:  1.36.1\nEmulation version:  1.36\nPaths:  /a /b\n',
  )
  assert.deepEqual(status.document, {
    startTime: '2026-11-09T09:05:06Z',
    uptimeSeconds: 90123,
    goVersion: 'go',
    binaryVersion: '1.36.1',
    emulationVersion: '1.36',
    paths: ['/a', '/b'],
  })
})
