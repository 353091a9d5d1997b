import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { kubeconfig } from '#cluster/pki/kubeconfig.ts'
import { toYaml } from '../printers/yaml.ts'
import { readPlainYaml } from './plain-yaml.ts'

const written = toYaml(kubeconfig({ name: 'a', user: 'b', server: 'https://127.0.0.1:6443', ca: 'x', certificate: 'y', key: 'z' }))

test('kubeconfigs as programs write them are read without the library, and the same', () => {
  const texts = [
    written,
    'apiVersion: v1\nkind: Config\nclusters: []\nusers: null\n',
    'apiVersion: v1\nclusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    server: https://10.0.0.1:6443\n  name: kind\ncontexts:\n- context: {}\n  name: "with space"\ncurrent-context: \'\'\npreferences: {}\nusers:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args:\n      - --token=a=b\n      - get\n      command: aws\n      env: \n      interactiveMode: IfAvailable\n'.replaceAll(
      '- --token=a=b\n',
      "- '--token=a=b'\n",
    ),
    '---\n# a remark\nclusters:\n  - name: indented\n    cluster:\n      server: http://x\n      port: 8080\n',
  ]
  for (const text of texts.map((each) => each.replace('users: null\n', ''))) assert.deepEqual(readPlainYaml(text), parse(text))
})

test('what is more than plain is left to the library', () => {
  const texts = [
    'a: {b: c}',
    'a: [b]',
    'a: |\n  b\n',
    'a: &x b\nc: *x',
    'a: b # remark',
    'a: b\n  c\n',
    'a: !!str 1',
    'a: 0x10',
    'a: 1.5',
    'a: 1e3',
    'a: "b\\n"',
    "a: 'it''s'",
    'a: ~',
    'a: Null',
    'a:\tb',
    'a: ü',
    '- - a',
    'a: b\na: c',
    'a: b: c',
    '? a\n: b',
    'a: b\n---\nc: d',
    '',
    '"a": b',
    '__proto__:\n  x: y',
    'a:\n    b: c\n  d: e',
    '{"a": 1}',
  ]
  for (const text of texts) assert.equal(readPlainYaml(text), undefined, text)
})

test('random nestings of plain values are read as the library reads them, or left to it', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return (seed >> 8) % below
  }
  const words = [
    'a',
    'v1',
    'https://h:1/x?y=z',
    'x y',
    '-',
    'true',
    'no',
    '007',
    '10',
    '1.2.3.4',
    '',
    'a:b',
    'a: b',
    '#',
    'b#c',
    '@',
    '1_000',
    '0b1',
    '=',
    'a/b',
    'null',
    '...',
    '12:30',
  ]
  const value = (depth: number): unknown => {
    const kind = depth > 4 ? 2 : random(3)
    if (kind === 0) return Object.fromEntries(Array.from({ length: random(4) }, (_, index) => [`k${index}`, value(depth + 1)]))
    if (kind === 1) return Array.from({ length: random(4) }, () => value(depth + 1))
    return random(5) === 0 ? random(1000) : words[random(words.length)]
  }
  let read = 0
  for (let round = 0; round < 400; round++) {
    const text = round % 2 ? toYaml({ a: value(0), b: value(0) }) : toYaml({ a: value(0), b: value(0) }).replace(/['"]/g, '')
    const plain = readPlainYaml(text)
    if (plain === undefined) continue
    read++
    assert.deepEqual(plain, parse(text), text)
  }
  assert.ok(read > 50, String(read))
})
