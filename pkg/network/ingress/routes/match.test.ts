import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IngressSpec } from '#api/gen/networking/v1.ts'
import { compile } from './compile.ts'
import { match, normalisePath } from './match.ts'

const meta = { uid: '', resourceVersion: '' }
const classes = [{ metadata: { name: 'nginx', ...meta }, spec: { controller: 'k8ts.io/ingress' } }]
const backend = (name: string) => ({ service: { name, port: { number: 80 } } })
const tableOf = (...specs: IngressSpec[]) =>
  compile(
    specs.map((spec, index) => ({
      metadata: { name: `i${index}`, namespace: 'default', uid: '', resourceVersion: '' },
      spec: { ingressClassName: 'nginx', ...spec },
      status: { loadBalancer: {} },
    })),
    classes,
  ).table

/** The Service that a request is for. */
function served(table: ReturnType<typeof tableOf>, host: string, target: string): string | undefined {
  const path = normalisePath(target)
  return path === undefined ? undefined : match(table, host, path)?.location.backend?.service
}

test("paths match as the Ingress documentation's table says", () => {
  const rows: [paths: [type: string, path: string][], request: string, matched: string | undefined][] = [
    [[['Prefix', '/']], '/any/path', '/'],
    [[['Exact', '/foo']], '/foo', '/foo'],
    [[['Exact', '/foo']], '/bar', undefined],
    [[['Exact', '/foo']], '/foo/', undefined],
    [[['Exact', '/foo/']], '/foo', undefined],
    [[['Prefix', '/foo']], '/foo', '/foo'],
    [[['Prefix', '/foo']], '/foo/', '/foo'],
    [[['Prefix', '/foo/']], '/foo', '/foo/'],
    [[['Prefix', '/foo/']], '/foo/', '/foo/'],
    [[['Prefix', '/aaa/bb']], '/aaa/bbb', undefined],
    [[['Prefix', '/aaa/bbb']], '/aaa/bbb', '/aaa/bbb'],
    [[['Prefix', '/aaa/bbb/']], '/aaa/bbb', '/aaa/bbb/'],
    [[['Prefix', '/aaa/bbb']], '/aaa/bbb/', '/aaa/bbb'],
    [[['Prefix', '/aaa/bbb']], '/aaa/bbb/ccc', '/aaa/bbb'],
    [[['Prefix', '/aaa/bbb']], '/aaa/bbbxyz', undefined],
    [
      [
        ['Prefix', '/'],
        ['Prefix', '/aaa'],
      ],
      '/aaa/ccc',
      '/aaa',
    ],
    [
      [
        ['Prefix', '/'],
        ['Prefix', '/aaa'],
        ['Prefix', '/aaa/bbb'],
      ],
      '/aaa/bbb',
      '/aaa/bbb',
    ],
    [
      [
        ['Prefix', '/'],
        ['Prefix', '/aaa'],
        ['Prefix', '/aaa/bbb'],
      ],
      '/ccc',
      '/',
    ],
    [[['Prefix', '/aaa']], '/ccc', undefined],
    [[['Prefix', '/Foo']], '/foo', undefined],
    [[['ImplementationSpecific', '/foo']], '/foo/bar', '/foo'],
  ]
  for (const [paths, request, matched] of rows) {
    const table = tableOf({
      rules: [{ host: 'h.test', http: { paths: paths.map(([pathType, path], index) => ({ path, pathType, backend: backend(`s${index}`) })) } }],
    })
    const wanted = matched === undefined ? undefined : `s${paths.findIndex(([, path]) => path === matched)}`
    assert.equal(served(table, 'h.test', request), wanted, `${JSON.stringify(paths)} ${request}`)
  }
})

test('an exact path goes before a prefix of the same length', () => {
  const paths = [
    { path: '/foo', pathType: 'Prefix', backend: backend('prefix') },
    { path: '/foo', pathType: 'Exact', backend: backend('exact') },
  ]
  const table = tableOf({ rules: [{ host: 'h.test', http: { paths } }] })
  assert.deepEqual([served(table, 'h.test', '/foo'), served(table, 'h.test', '/foo/x')], ['exact', 'prefix'])
})

test('a host goes before the wildcard that covers it, which covers one label and not the host behind it', () => {
  const rule = (host: string | undefined, service: string) => ({
    ...(host === undefined ? {} : { host }),
    http: { paths: [{ path: '/only', pathType: 'Prefix', backend: backend(service) }] },
  })
  const table = tableOf({ rules: [rule('*.foo.test', 'wildcard'), rule('bar.foo.test', 'own')] }, { defaultBackend: backend('default') })
  const rows: [host: string, path: string, service: string][] = [
    ['bar.foo.test', '/only', 'own'],
    ['baz.foo.test', '/only', 'wildcard'],
    ['baz.bar.foo.test', '/only', 'default'],
    ['foo.test', '/only', 'default'],
    // "If none of the hosts or paths match": the default backend.
    ['bar.foo.test', '/other', 'default'],
    ['nobody.test', '/', 'default'],
  ]
  for (const [host, path, service] of rows) assert.equal(served(table, host, path), service, `${host}${path}`)
})

test('of two Ingresses that want the same path, the elder has it', () => {
  const spec = (service: string): IngressSpec => ({
    ingressClassName: 'nginx',
    rules: [{ host: 'h.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend(service) }] } }],
  })
  const of = (name: string, at: string, service: string) => ({
    metadata: { name, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: at },
    spec: spec(service),
    status: { loadBalancer: {} },
  })
  const { table } = compile([of('a', '2026-01-02T00:00:00Z', 'younger'), of('b', '2026-01-01T00:00:00Z', 'elder')], classes)
  assert.equal(served(table, 'h.test', '/'), 'elder')
})
