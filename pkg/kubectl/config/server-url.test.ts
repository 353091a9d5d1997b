import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverUrl } from './server-url.ts'

const urls: readonly (readonly [host: string, defaultTls: boolean, url: string])[] = [
  ['https://127.0.0.1:6443', false, 'https://127.0.0.1:6443'],
  ['https://host/pre fix/', true, 'https://host/pre fix/'],
  ['http://[::1]:8080', true, 'http://[::1]:8080'],
  ['host:6443', false, 'http://host:6443'],
  ['host:6443', true, 'https://host:6443'],
  ['[::1]:80/', false, 'http://[::1]:80/'],
  ['10.0.0.1', true, 'https://10.0.0.1'],
]
for (const [host, defaultTls, url] of urls)
  test(`${host} ${defaultTls ? 'with' : 'without'} TLS is ${url}`, () => assert.equal(serverUrl(host, defaultTls), url))

const refused: readonly (readonly [host: string, message: string])[] = [
  ['https://a b:6443', 'error: host must be a URL or a host:port pair: "https://a b:6443"'],
  ['https://a:port', 'error: host must be a URL or a host:port pair: "https://a:port"'],
  ['a b', 'Unable to connect to the server: invalid character " " in host name'],
  ['host:port', 'Unable to connect to the server: invalid port ":port" after host'],
  ['host:80:90x', 'Unable to connect to the server: invalid port ":90x" after host'],
  ['[::1', "Unable to connect to the server: missing ']' in host"],
  ['host/path', 'error: host must be a URL or a host:port pair: "host/path"'],
  ['https://a\u00a0b:1', 'Unable to connect to the server: dial tcp: lookup a\u00a0b: no such host'],
  ['host\n', 'Unable to connect to the server: net/url: invalid control character in URL'],
]
for (const [host, message] of refused) test(`${JSON.stringify(host)} is no server`, () => assert.throws(() => serverUrl(host, true), { message }))
