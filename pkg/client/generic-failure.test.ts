import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalMessage } from './generic-failure.ts'

for (const { name, code, body, message } of [
  { name: 'a Status says it itself', code: 404, body: '{"kind":"Status","message":"no such pods"}', message: 'no such pods' },
  { name: 'nobody serves it', code: 404, body: '404 page not found\n', message: 'the server could not find the requested resource (get pods.metrics.k8s.io)' },
  {
    name: 'who serves it is away',
    code: 503,
    body: 'service unavailable\n',
    message: 'the server is currently unable to handle the request (get pods.metrics.k8s.io)',
  },
  { name: 'it is forbidden, in the words of the server', code: 403, body: 'no\n', message: 'no (get pods.metrics.k8s.io)' },
  {
    name: 'the server failed',
    code: 500,
    body: 'it "broke"\n',
    message: 'an error on the server ("it \\"broke\\"") has prevented the request from succeeding (get pods.metrics.k8s.io)',
  },
  {
    name: 'a code that has no words',
    code: 418,
    body: '',
    message: 'the server responded with the status code 418 but did not return more information (get pods.metrics.k8s.io)',
  },
])
  test(`A refused request: ${name}`, () => assert.equal(refusalMessage(code, body, 'get pods.metrics.k8s.io'), message))
