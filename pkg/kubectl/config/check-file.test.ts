import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64Problem, kubeconfigProblem } from './check-file.ts'

test('what is no kubeconfig is told as client-go tells it', () => {
  const table: [raw: unknown, words: RegExp | undefined][] = [
    [{}, undefined],
    [{ apiVersion: 'v1', kind: 'Config', clusters: null, users: [{ name: 'u', user: { token: 't' } }], contexts: [{ name: 'c', context: null }] }, undefined],
    [['a'], /^couldn't get version\/kind; json parse error: json: cannot unmarshal array into Go value of type struct/],
    ['hello', /cannot unmarshal string/],
    [
      { apiVersion: 'v1', kind: 'Pod' },
      /^no kind "Pod" is registered for version "v1" in scheme "k8s.io\/client-go\/tools\/clientcmd\/api\/latest\/latest.go:50"$/,
    ],
    [{ clusters: { a: 'b' } }, /^json: cannot unmarshal object into Go struct field Config.clusters of type \[\]v1.NamedCluster$/],
    [
      { clusters: [{ name: 'c', cluster: { server: 5 } }] },
      /^json: cannot unmarshal number into Go struct field Cluster.clusters.cluster.server of type string$/,
    ],
    [
      { clusters: [{ name: 'c', cluster: { 'insecure-skip-tls-verify': 'yes' } }] },
      /^json: cannot unmarshal string into .*insecure-skip-tls-verify of type bool$/,
    ],
    [{ clusters: [{ name: 'c', cluster: { 'certificate-authority-data': '!!!' } }] }, /^illegal base64 data at input byte 0$/],
    [{ users: [{ name: 7 }] }, /^json: cannot unmarshal number into Go struct field NamedAuthInfo.users.name of type string$/],
    [{ 'current-context': {} }, /^json: cannot unmarshal object into Go struct field Config.current-context of type string$/],
  ]
  for (const [raw, words] of table) {
    if (words) assert.match(kubeconfigProblem(raw) ?? '', words)
    else assert.equal(kubeconfigProblem(raw), undefined)
  }
})

test('base64 is judged as Go judges it', () => {
  const table: [text: string, problem: string | undefined][] = [
    ['', undefined],
    ['aGVsbG8=', undefined],
    ['aGVs\nbG8=\n', undefined],
    ['aGVsbG8', 'illegal base64 data at input byte 4'],
    ['aGV!', 'illegal base64 data at input byte 3'],
  ]
  for (const [text, problem] of table) assert.equal(base64Problem(text), problem, text)
})
