/**
 * Ingresses and requests to them, in the odd forms too that users write: what an ingress-nginx 1.15 controller answers to each is in
 * `recorded-1.15.json` (made by `record.ts`), and `ingress-golden.test.ts` holds ours against it.
 *
 * Each case has hosts of its own; HOST in a text stands for its first. AUTH stands for the service that is asked whether a request may pass.
 */
import { randomPaths } from './random-paths.ts'

export interface Question {
  readonly method?: string
  /** Before the case's own host; "" for none. */
  readonly host?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The body comes in pieces, its length untold. */
  readonly chunked?: boolean
  readonly secure?: boolean
  /** Of the answer, the status, the backend and what that was asked count alone. */
  readonly isBrief?: boolean
  /** Asked so often, one after the other; the statuses count alone. */
  readonly times?: number
  /** What the backend answers: `status`, `headers`, `delayMs`. */
  readonly reply?: Reply
  /** What the service that is asked answers. */
  readonly auth?: Reply
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly delayMs?: number
}

export interface Path {
  readonly path?: string
  readonly type?: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly service?: string
  readonly port?: string | number
}

export interface CaseIngress {
  readonly annotations?: Readonly<Record<string, string>>
  readonly paths?: readonly Path[]
  /** Instead of HOST. */
  readonly host?: string
  /** The host has a certificate. */
  readonly tls?: boolean
  readonly defaultBackend?: string
}

export interface Case {
  readonly name: string
  readonly ingresses: readonly CaseIngress[]
  readonly questions: readonly Question[]
}

/** Secrets and ConfigMaps that annotations name: passwords are "secret". */
export const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  users: { auth: 'anna:$apr1$h6ZcYbfM$0FV1bGO4Aq4eQp4yBGL4N0\nben:{PLAIN}secret\ncleo:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n' },
  map: { anna: '{PLAIN}secret', ben: '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=' },
  'no-file': { other: 'anna:{PLAIN}secret' },
}

const one = (name: string, annotations: Record<string, string>, questions: readonly Question[], more: Partial<CaseIngress> = {}): Case => ({
  name,
  ingresses: [{ annotations, ...more }],
  questions,
})
const paths = (...each: string[]): Question[] => each.map((path) => ({ path }))
const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` })
/** The same question to Ingresses that differ in one annotation's value. */
const values = (
  annotation: string,
  texts: readonly string[],
  questions: readonly Question[],
  more: Record<string, string> = {},
  rest: Partial<CaseIngress> = {},
) => texts.map((text) => one(`${annotation}: ${JSON.stringify(text)}`, { ...more, [annotation]: text }, questions, rest))

const matching: Case[] = [
  one('a Prefix path', {}, paths('/foo', '/foo/', '/foo/bar', '/foobar', '/FOO', '/', '/foo?a=b', '/foo%2Fbar', '//foo', '/x/../foo', '/./foo/./bar'), {
    paths: [{ path: '/foo' }],
  }),
  one('a Prefix path with a slash at its end', {}, paths('/foo', '/foo/', '/foo/bar'), { paths: [{ path: '/foo/' }] }),
  one('an Exact path', {}, paths('/foo', '/foo/', '/foo?x=1', '/foo/bar', '/Foo'), { paths: [{ path: '/foo', type: 'Exact' }] }),
  one('an ImplementationSpecific path', {}, paths('/foo', '/foo/', '/foobar', '/foo/bar'), { paths: [{ path: '/foo', type: 'ImplementationSpecific' }] }),
  one('paths of every type', {}, paths('/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/z'), {
    paths: [
      { path: '/' },
      { path: '/a', service: 'two' },
      { path: '/a', type: 'Exact', service: 'three' },
      { path: '/a/b', type: 'ImplementationSpecific', service: 'three' },
    ],
  }),
  one(
    'targets in odd forms',
    {},
    paths('/a%20b', '/a+b?c=d%20e', '/%E2%82%AC', '/a;b=c', '/a//b', '/a/?', '/?', '/%2e%2e/a', '/..', '/a/..', '/a%00b', '/%zz', '/a%3Fb', '/a#b'),
  ),
  one('a rule without a path', {}, paths('/', '/any'), { paths: [{ type: 'ImplementationSpecific' }] }),
  one('a default backend beside a rule', {}, [...paths('/', '/other', '/foo')], { paths: [{ path: '/foo' }], defaultBackend: 'two' }),
  one('a Service without endpoints', {}, paths('/'), { paths: [{ service: 'none' }] }),
  one('a Service that is not there', {}, paths('/'), { paths: [{ service: 'missing' }] }),
  one('a port that is not there', {}, paths('/'), { paths: [{ port: 'other' }] }),
  one('a port by number', {}, paths('/'), { paths: [{ port: 80 }] }),
  one('a wildcard host', {}, [{ host: 'a.' }, { host: 'a.b.' }, { host: '' }, { host: 'A.' }], { host: '*.HOST' }),
  {
    name: 'a host beside its wildcard',
    ingresses: [{ host: '*.HOST' }, { host: 'a.HOST', paths: [{ path: '/only', service: 'two' }] }],
    questions: [
      { host: 'a.', path: '/only' },
      { host: 'a.', path: '/other' },
      { host: 'b.', path: '/only' },
    ],
  },
  {
    name: 'two Ingresses with the same path',
    ingresses: [
      { paths: [{ path: '/a', service: 'one' }] },
      {
        paths: [
          { path: '/a', service: 'two' },
          { path: '/b', service: 'two' },
        ],
      },
    ],
    questions: paths('/a', '/b'),
  },
  one(
    'methods',
    {},
    ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE'].map((method) => ({ method })),
  ),
  one('hosts in odd forms', {}, [{ headers: { host: 'HOST:8080' } }, { headers: { host: 'HOST.' } }, { headers: { host: 'no.such.host' } }]),
]

const regex: Case[] = [
  one('use-regex', { 'use-regex': 'true' }, paths('/api/v1/x', '/API/v12', '/api/vx', '/x/api/v1', '/api/v1'), {
    paths: [{ path: '/api/v[0-9]+', type: 'ImplementationSpecific' }],
  }),
  one('use-regex with several paths', { 'use-regex': 'true' }, paths('/foo/bar', '/foo/bar/12', '/foo/bar/abc', '/foo', '/other'), {
    paths: [
      { path: '/foo/bar/[0-9]+', type: 'ImplementationSpecific', service: 'one' },
      { path: '/foo/bar/.+', type: 'ImplementationSpecific', service: 'two' },
      { path: '/foo', type: 'ImplementationSpecific', service: 'three' },
    ],
  }),
  one('use-regex and Prefix', { 'use-regex': 'true' }, paths('/foo.x', '/fooax', '/foo/x'), { paths: [{ path: '/foo.x' }] }),
  one('use-regex and Exact', { 'use-regex': 'true' }, paths('/foo', '/foo/', '/FOO', '/foobar'), { paths: [{ path: '/foo', type: 'Exact' }] }),
  {
    name: 'use-regex of one Ingress counts for its host',
    ingresses: [
      { annotations: { 'use-regex': 'true' }, paths: [{ path: '/a/[0-9]+', type: 'ImplementationSpecific', service: 'one' }] },
      {
        paths: [
          { path: '/B', service: 'two' },
          { path: '/exact', type: 'Exact', service: 'three' },
        ],
      },
    ],
    questions: paths('/a/1', '/b', '/B', '/b/c', '/bc', '/exact', '/EXACT', '/exact/more'),
  },
  ...values('use-regex', ['yes', 'TRUE', '1', ''], paths('/foo/12', '/foo/[0-9]+'), {}, { paths: [{ path: '/foo/[0-9]+', type: 'ImplementationSpecific' }] }),
  one(
    'rewrite-target with captures',
    { 'rewrite-target': '/$2' },
    paths('/app', '/app/', '/app/x/y', '/app/x?a=b', '/app/%20x', '/apple', '/APP/x', '/app/x%2Fy', '/app//x'),
    {
      paths: [{ path: '/app(/|$)(.*)', type: 'ImplementationSpecific' }],
    },
  ),
  one('rewrite-target without captures', { 'rewrite-target': '/new' }, paths('/old', '/old/x', '/old?a=b', '/older'), { paths: [{ path: '/old' }] }),
  one('rewrite-target to the root', { 'rewrite-target': '/' }, paths('/old', '/old/x?a=b'), { paths: [{ path: '/old' }] }),
  one('rewrite-target with named captures', { 'rewrite-target': '/$name' }, paths('/u/anna'), {
    paths: [{ path: '/u/(?<name>.*)', type: 'ImplementationSpecific' }],
  }),
  one('rewrite-target with a capture that is not there', { 'rewrite-target': '/x/$3' }, paths('/a/b'), {
    paths: [{ path: '/a/(.*)', type: 'ImplementationSpecific' }],
  }),
  one('rewrite-target with a query', { 'rewrite-target': '/find?q=$1' }, paths('/a/b', '/a/b?c=d'), {
    paths: [{ path: '/a/(.*)', type: 'ImplementationSpecific' }],
  }),
  one('rewrite-target to the same path', { 'rewrite-target': '/a' }, paths('/a', '/a/b'), { paths: [{ path: '/a' }] }),
  one('rewrite-target without a slash', { 'rewrite-target': '$1' }, paths('/a/b'), { paths: [{ path: '/a/(.*)', type: 'ImplementationSpecific' }] }),
  one('rewrite-target to another site', { 'rewrite-target': 'https://other.test/$1' }, paths('/a/b?c=d'), {
    paths: [{ path: '/a/(.*)', type: 'ImplementationSpecific' }],
  }),
  one('rewrite-target of several paths', { 'rewrite-target': '/$1' }, paths('/a/x', '/b/y', '/c/z'), {
    paths: [
      { path: '/a/(.*)', type: 'ImplementationSpecific', service: 'one' },
      { path: '/b/(.*)', type: 'Prefix', service: 'two' },
    ],
  }),
  one('rewrite-target with x-forwarded-prefix', { 'rewrite-target': '/$2', 'x-forwarded-prefix': '/app' }, paths('/app/x'), {
    paths: [{ path: '/app(/|$)(.*)', type: 'ImplementationSpecific' }],
  }),
  one('x-forwarded-prefix with a capture', { 'rewrite-target': '/$2', 'x-forwarded-prefix': '/$1' }, paths('/app/x'), {
    paths: [{ path: '/(app)/(.*)', type: 'ImplementationSpecific' }],
  }),
  one('x-forwarded-prefix alone', { 'x-forwarded-prefix': '/app' }, paths('/app/x')),
  ...values('app-root', ['/start', 'start', '/start?a=b', '/a b', '//evil.test', ''], [...paths('/', '/?x=y', '/other'), { headers: { host: 'HOST:8080' } }]),
]

const redirects: Case[] = [
  one(
    'a host with TLS',
    {},
    [
      { path: '/a?b=c' },
      { secure: true, path: '/a' },
      { headers: { 'x-forwarded-proto': 'https' } },
      { headers: { host: 'HOST:8080' } },
      { method: 'POST', body: 'x' },
    ],
    {
      tls: true,
    },
  ),
  ...values('ssl-redirect', ['false', 'FALSE', 'no', '0', ''], [{ path: '/a' }, { secure: true }], {}, { tls: true }),
  ...values('force-ssl-redirect', ['true', 'false', 'yes', 't'], [{ path: '/a?b=c' }, { secure: true }, { headers: { 'x-forwarded-proto': 'https' } }]),
  ...values(
    'permanent-redirect',
    [
      'https://other.test',
      'https://other.test/',
      'https://other.test$request_uri',
      'https://other.test/a?b=$args',
      'other.test',
      '/there',
      '$scheme://new.$host$request_uri',
      'https://other.test/a b',
      'ftp://other.test',
      '',
    ],
    paths('/x?y=z'),
  ),
  ...values('permanent-redirect-code', ['308', '302', '307', '404', '200', 'abc', '99', '-1'], paths('/x'), { 'permanent-redirect': 'https://other.test' }),
  ...values('temporal-redirect', ['https://other.test', 'https://other.test$request_uri', '/there'], paths('/x?y=z')),
  ...values('temporal-redirect-code', ['303', '307', '301', 'abc'], paths('/x'), { 'temporal-redirect': 'https://other.test' }),
  one('temporal-redirect and permanent-redirect', { 'temporal-redirect': 'https://a.test', 'permanent-redirect': 'https://b.test' }, paths('/')),
  one('a redirect behind a password', { 'permanent-redirect': 'https://other.test', 'auth-type': 'basic', 'auth-secret': 'users' }, paths('/')),
  one('a redirect of a host with TLS', { 'permanent-redirect': 'https://other.test' }, [{}, { secure: true }], { tls: true }),
  one('relative-redirects', { 'permanent-redirect': '/there', 'relative-redirects': 'true' }, paths('/')),
  one('from-to-www-redirect', { 'from-to-www-redirect': 'true' }, [{ host: 'www.', path: '/a?b=c' }, { path: '/a' }, { host: 'www.', secure: true }]),
  one('from-to-www-redirect from www', { 'from-to-www-redirect': 'true' }, [{ host: 'www.', path: '/a' }, { path: '/a' }], { host: 'www.HOST' }),
]

const backends: Case[] = [
  ...values('backend-protocol', ['HTTP', 'http', 'Http', 'AUTO_HTTP', 'auto_http', 'GARBAGE', 'HTTP ', ''], paths('/')),
  ...values(
    'proxy-body-size',
    ['8', '8k', '1K', '0', '1m', '8M', '1g', 'abc', '1.5m', '10mb', '-1', ' 8 ', ''],
    [
      { method: 'POST', body: 'x'.repeat(9) },
      { method: 'POST', body: 'x'.repeat(2000) },
      { method: 'POST', body: 'x'.repeat(2000), chunked: true },
      { method: 'PUT', body: 'x'.repeat(1_100_000) },
    ],
  ),
  ...values('proxy-read-timeout', ['1'], [{ reply: { delayMs: 1300 } }], { 'proxy-next-upstream-tries': '1' }),
  ...values('proxy-read-timeout', ['1s', 'abc', '', '-1'], [{}], { 'proxy-next-upstream-tries': '1' }),
  ...values('proxy-connect-timeout', ['1', '5s', '80', 'abc'], paths('/')),
  ...values('proxy-send-timeout', ['1', '5s', 'abc'], paths('/')),
  ...values('proxy-http-version', ['1.0', '1.1', '2', 'abc'], paths('/')),
  ...values('proxy-buffering', ['on', 'off', 'true', 'abc'], paths('/')),
  ...values('upstream-vhost', ['other.test', 'other.test:8080', '$host', 'a b', 'über.test', ''], paths('/')),
  ...values(
    'proxy-next-upstream',
    ['error timeout', 'http_503', 'http_503 non_idempotent', 'http_500 http_502', 'off', 'never', 'ERROR', ''],
    [{ reply: { status: 503 } }, { reply: { status: 503 }, method: 'POST', body: 'x' }],
  ),
  ...values('proxy-next-upstream-tries', ['1', '2', '0', 'abc'], [{}]),
  ...values(
    'proxy-redirect-from',
    ['http://inner.test/', 'off', 'default', 'http://in ner/', '~^http://([^/]+)/(.*)'],
    [{ reply: { status: 302, headers: { location: 'http://inner.test/a' } } }],
    {
      'proxy-redirect-to': 'https://outer.test/',
    },
  ),
  one('Location of the backend', {}, [
    { reply: { status: 302, headers: { location: 'http://HOST/a' } } },
    { reply: { status: 302, headers: { location: '/a' } } },
    { secure: true, reply: { status: 301, headers: { location: 'http://HOST/a' } } },
  ]),
  ...values(
    'proxy-cookie-domain',
    ['inner.test outer.test', 'off', 'inner.test', '~\\.?inner.test outer.test', 'inner.test $host'],
    [{ reply: { headers: { 'set-cookie': ['a=b; Domain=inner.test; Path=/', 'c=d; domain=.inner.test', 'e=f'] } } }],
  ),
  ...values(
    'proxy-cookie-path',
    ['/inner /outer', '/ /outer/', 'off', '/inner', '~*^/in(.+) /out$1', '/inner "/outer; Secure"'],
    [{ reply: { headers: { 'set-cookie': ['a=b; Path=/inner/x', 'c=d; path=/', 'e=f'] } } }],
  ),
  one('headers of the request', {}, [
    {
      headers: {
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '1',
        'x-real-ip': '9.9.9.9',
        'x-scheme': 'gopher',
      },
    },
    {
      headers: {
        'x-request-id': 'given',
        'x-original-uri': '/x',
        'x-original-forwarded-for': 'a',
        forwarded: 'for=1.2.3.4',
        'x-original-forwarded-host': 'b',
        'x-forwarded-scheme': 'q',
      },
    },
    { headers: { proxy: 'http://evil.test', authorization: 'Bearer x', cookie: 'a=b; c=d', te: 'trailers', 'accept-encoding': 'gzip' } },
    { headers: { connection: 'close, x-hop', 'x-hop': 'y', 'keep-alive': 'timeout=5', expect: '100-continue' }, method: 'POST', body: 'x' },
    { headers: { x_under_score: 'a', 'x-empty': '', 'user-agent': 'tester', referer: 'https://a.test/' } },
    { secure: true, headers: { 'x-forwarded-proto': 'http' } },
  ]),
  one('answers of the backend', {}, [
    {
      reply: {
        status: 201,
        headers: { 'x-own': 'a', server: 'mine', 'x-powered-by': 'php', 'cache-control': 'no-store', 'strict-transport-security': 'max-age=1' },
      },
    },
    { reply: { status: 404 } },
    { reply: { status: 500 } },
    { reply: { status: 204 } },
    { reply: { status: 304 } },
    { secure: true, reply: { headers: { 'strict-transport-security': 'max-age=1' } } },
  ]),
  one('custom errors', { 'custom-http-errors': '404,503', 'default-backend': 'two' }, [
    { reply: { status: 404 }, headers: { accept: 'text/html' }, path: '/a?b=c' },
    { reply: { status: 500 } },
    { reply: { status: 503 }, method: 'POST', body: 'x' },
    {},
  ]),
  ...values(
    'custom-http-errors',
    ['404', '404, 503', '400-500', 'abc', '404;503', '200', '399', '600', '418', ''],
    [{ reply: { status: 404 } }, { reply: { status: 503 } }],
    { 'default-backend': 'two' },
  ),
  one('custom errors without a backend for them', { 'custom-http-errors': '404' }, [{ reply: { status: 404 } }]),
  ...values('disable-proxy-intercept-errors', ['true', 'false'], [{ reply: { status: 404 } }], { 'custom-http-errors': '404', 'default-backend': 'two' }),
  one('default-backend of a Service without endpoints', { 'default-backend': 'two' }, paths('/a'), { paths: [{ service: 'none' }] }),
  one('default-backend that is not there', { 'default-backend': 'missing' }, paths('/a'), { paths: [{ service: 'none' }] }),
  ...values(
    'server-alias',
    ['alias-HOST', 'alias-HOST,b.HOST', 'alias-HOST, b.HOST', '~^b\\.HOST$', '*.HOST', 'alias HOST', 'HOST', 'ALIAS-HOST'],
    [{ headers: { host: 'alias-HOST' } }, { host: 'b.' }, {}],
  ),
]

const guards: Case[] = [
  ...values(
    'whitelist-source-range',
    [
      '127.0.0.1/32',
      '127.0.0.1',
      '10.0.0.0/8',
      '10.0.0.0/8, 127.0.0.0/8',
      '10.0.0.0/8 ,127.0.0.0/8',
      '127.0.0.1/32,',
      '127.0.0.5/8',
      '::1/128',
      '10.0.0.0/8;127.0.0.0/8',
      '0.0.0.0/0',
      '::/0',
      'all',
      'foo',
      '300.0.0.0/8',
      '127.0.0.1/33',
      '',
    ],
    paths('/'),
  ),
  ...values('allowlist-source-range', ['127.0.0.1/32', '10.0.0.0/8'], paths('/')),
  one('allowlist and whitelist', { 'whitelist-source-range': '10.0.0.0/8', 'allowlist-source-range': '127.0.0.1' }, paths('/')),
  ...values('denylist-source-range', ['127.0.0.1/32', '10.0.0.0/8', 'foo', '::1'], paths('/')),
  one('denylist and allowlist', { 'denylist-source-range': '127.0.0.1', 'whitelist-source-range': '127.0.0.0/8' }, paths('/')),
  one('a source outside, of a host with TLS', { 'whitelist-source-range': '10.0.0.0/8' }, [{}, { secure: true }], { tls: true }),
  ...values('limit-rps', ['1', '2', '0', 'abc', '-1', ''], [{ times: 15 }]),
  ...values('limit-burst-multiplier', ['1', '2', '0', 'abc', '3'], [{ times: 6 }], { 'limit-rps': '1' }),
  ...values('limit-rpm', ['1', '2'], [{ times: 12 }]),
  one('limit-rps and limit-rpm', { 'limit-rps': '100', 'limit-rpm': '1', 'limit-burst-multiplier': '2' }, [{ times: 5 }]),
  ...values('limit-whitelist', ['127.0.0.1/32', '10.0.0.0/8', 'foo'], [{ times: 4 }], { 'limit-rps': '1', 'limit-burst-multiplier': '1' }),
  ...values('limit-allowlist', ['127.0.0.1/32'], [{ times: 4 }], { 'limit-rps': '1', 'limit-burst-multiplier': '1' }),
  ...values('limit-connections', ['1', 'abc', '0'], [{ times: 3 }]),
  ...values('limit-rate', ['100', 'abc', '-1'], [{}]),
  one('auth-type basic', { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-realm': 'Who are you' }, [
    {},
    { headers: basic('anna', 'wrong') },
    { headers: basic('ben', 'secret') },
    { headers: basic('cleo', 'secret') },
    { headers: basic('nobody', 'secret') },
    { headers: { authorization: 'Bearer x' } },
    { method: 'OPTIONS' },
  ]),
  one('auth-type basic with a map', { 'auth-type': 'basic', 'auth-secret': 'map', 'auth-secret-type': 'auth-map' }, [
    {},
    { headers: basic('anna', 'secret') },
    { headers: basic('ben', 'secret') },
    { headers: basic('ben', 'wrong') },
  ]),
  ...values('auth-realm', ['Who? I', 'Who "are" you', "it's me", 'a\\b', 'über', '$host', ''], [{}], { 'auth-type': 'basic', 'auth-secret': 'users' }),
  ...values('auth-secret', ['default/users', 'other/users', 'missing', 'no-file', '', 'a/b/c'], [{}, { headers: basic('ben', 'secret') }], {
    'auth-type': 'basic',
  }),
  ...values('auth-type', ['Basic', 'bearer', ''], [{}, { headers: basic('ben', 'secret') }], { 'auth-secret': 'users' }),
  ...values('auth-secret-type', ['auth-file', 'file', ''], [{ headers: basic('ben', 'secret') }], { 'auth-type': 'basic', 'auth-secret': 'users' }),
  ...values('satisfy', ['any', 'all', 'ANY', 'some', ''], [{}, { headers: basic('ben', 'secret') }], {
    'auth-type': 'basic',
    'auth-secret': 'users',
    'whitelist-source-range': '127.0.0.1',
  }),
  one('satisfy any from elsewhere', { satisfy: 'any', 'auth-type': 'basic', 'auth-secret': 'users', 'whitelist-source-range': '10.0.0.0/8' }, [
    {},
    { headers: basic('ben', 'secret') },
  ]),
]

const asked: Case[] = [
  one('auth-url', { 'auth-url': 'http://AUTH/check?a=b' }, [
    { path: '/x?y=z' },
    { method: 'POST', body: 'abc', headers: { 'x-forwarded-for': '1.2.3.4', 'x-original-url': 'evil', authorization: 'Bearer t', cookie: 'a=b' } },
    ...[201, 204, 302, 400, 401, 403, 404, 500].map((status) => ({
      auth: { status, headers: { 'x-user': 'anna', 'www-authenticate': 'Bearer', 'set-cookie': 's=1; Path=/' } },
    })),
    { auth: { headers: { 'set-cookie': ['s=1; Path=/', 't=2'] } } },
    { method: 'OPTIONS' },
    { secure: true },
  ]),
  one('auth-response-headers', { 'auth-url': 'http://AUTH/', 'auth-response-headers': 'X-User, x-email,Authorization' }, [
    { auth: { headers: { 'x-user': 'anna', 'x-email': 'a@b.test', authorization: 'Bearer z', 'x-other': 'no' } }, headers: { 'x-user': 'forged' } },
    { headers: { 'x-user': 'forged', 'x-email': 'forged' } },
  ]),
  ...values('auth-response-headers', ['X-User;X-Email', 'X User', '*', ''], [{ auth: { headers: { 'x-user': 'anna' } } }], { 'auth-url': 'http://AUTH/' }),
  ...values(
    'auth-signin',
    [
      'https://login.test/start',
      'https://login.test/start?rd=$escaped_request_uri',
      'https://login.test/start?x=y',
      'https://$host/oauth2/start?rd=$scheme://$host$escaped_request_uri',
      '/login',
      'login',
      'https://login.test/a b',
      '',
    ],
    [{ path: '/a?b=c', auth: { status: 401, headers: { 'set-cookie': 's=1' } } }, { auth: { status: 403 } }, {}],
    { 'auth-url': 'http://AUTH/' },
  ),
  ...values('auth-signin-redirect-param', ['next', 'a b', ''], [{ path: '/a?b=c', auth: { status: 401 } }], {
    'auth-url': 'http://AUTH/',
    'auth-signin': 'https://login.test/start',
  }),
  ...values('auth-method', ['POST', 'post', 'HEAD', 'FOO', ''], [{ path: '/a' }, { method: 'PUT', body: 'abc' }], { 'auth-url': 'http://AUTH/' }),
  ...values('auth-request-redirect', ['/back', 'https://$host/back', '$scheme://$http_host$request_uri', ''], [{ path: '/a' }], { 'auth-url': 'http://AUTH/' }),
  ...values(
    'auth-always-set-cookie',
    ['true', 'false', 'yes'],
    [
      { auth: { headers: { 'set-cookie': 's=1' } } },
      { auth: { headers: { 'set-cookie': 's=1' } }, reply: { status: 500 } },
      { auth: { status: 403, headers: { 'set-cookie': 's=1' } } },
    ],
    {
      'auth-url': 'http://AUTH/',
    },
  ),
  ...values(
    'auth-url',
    ['http://AUTH/$host', 'http://AUTH$request_uri', 'AUTH/', '/check', 'https://', 'http://a..b/', 'ftp://AUTH/', ''],
    [{ path: '/a?b=c' }],
  ),
  one('auth-url and a password', { 'auth-url': 'http://AUTH/', 'auth-type': 'basic', 'auth-secret': 'users' }, [
    {},
    { headers: basic('ben', 'secret') },
    { headers: basic('ben', 'secret'), auth: { status: 403 } },
  ]),
  ...values('enable-global-auth', ['false', 'true'], [{ auth: { status: 403 } }], { 'auth-url': 'http://AUTH/' }),
]

const origins: Question[] = [
  {},
  ...[
    'https://a.test',
    'https://b.test',
    'http://a.test',
    'https://x.a.test',
    'https://x.y.a.test',
    'https://a.test:8443',
    'https://evil-a.test',
    'https://a.test.evil.test',
    'null',
    'HTTPS://A.TEST',
  ].map((origin) => ({ headers: { origin } })),
  { method: 'OPTIONS', headers: { origin: 'https://a.test', 'access-control-request-method': 'PUT' } },
  { method: 'OPTIONS', headers: { origin: 'https://other.test' } },
  { method: 'OPTIONS' },
]
const cors: Case[] = [
  one('enable-cors', { 'enable-cors': 'true' }, origins),
  ...values(
    'cors-allow-origin',
    [
      'https://a.test',
      'https://a.test, https://b.test',
      'https://a.test,https://b.test,',
      'https://*.a.test',
      '*',
      'a.test',
      'https://a.test:8443',
      'https://a.test/',
      'http://*',
      'https://*.a.test:8443',
      'https://a.test https://b.test',
      'null',
      '',
    ],
    origins,
    { 'enable-cors': 'true' },
  ),
  ...values('cors-allow-methods', ['GET', 'PUT, GET, POST', 'get', 'GET POST', 'GET,FOO', '*', 'G3T', ''], [{ headers: { origin: 'https://a.test' } }], {
    'enable-cors': 'true',
  }),
  ...values('cors-allow-headers', ['X-A, X-B', 'X-A X-B', 'x_a', '*', 'X-A;X-B', ''], [{ headers: { origin: 'https://a.test' } }], { 'enable-cors': 'true' }),
  ...values('cors-expose-headers', ['X-A, X-B', '*', 'X A', 'X-A;', ''], [{ headers: { origin: 'https://a.test' } }], { 'enable-cors': 'true' }),
  ...values('cors-allow-credentials', ['true', 'false', 'no', ''], [{ headers: { origin: 'https://a.test' } }], {
    'enable-cors': 'true',
    'cors-allow-origin': 'https://a.test',
  }),
  ...values('cors-max-age', ['600', '0', '-1', 'abc', ''], [{ headers: { origin: 'https://a.test' } }], { 'enable-cors': 'true' }),
  one('cors and the backend’s own headers', { 'enable-cors': 'true', 'cors-allow-origin': 'https://a.test' }, [
    { headers: { origin: 'https://a.test' }, reply: { headers: { 'access-control-allow-origin': '*', vary: 'Accept' } } },
    { headers: { origin: 'https://a.test' }, reply: { status: 404 } },
    { headers: { origin: 'https://b.test' }, reply: { headers: { 'access-control-allow-origin': '*' } } },
  ]),
  one('cors behind a source range', { 'enable-cors': 'true', 'whitelist-source-range': '10.0.0.0/8' }, [
    { headers: { origin: 'https://a.test' } },
    { method: 'OPTIONS', headers: { origin: 'https://a.test' } },
  ]),
  one('cors behind a password', { 'enable-cors': 'true', 'auth-type': 'basic', 'auth-secret': 'users' }, [
    { headers: { origin: 'https://a.test' } },
    { method: 'OPTIONS', headers: { origin: 'https://a.test' } },
  ]),
  one('cors and a limit', { 'enable-cors': 'true', 'limit-rps': '1', 'limit-burst-multiplier': '1' }, [
    { times: 4, method: 'OPTIONS', headers: { origin: 'https://a.test' } },
  ]),
]

const pool = { paths: [{ service: 'pool' }] }
const sessions: Case[] = [
  ...values('affinity', ['cookie', 'Cookie', 'ip', ''], [{}, { secure: true }], {}, pool),
  ...values('session-cookie-name', ['route', 'a b', 'a;b', 'ROUTE_1', '__Host-x', ''], [{}], { affinity: 'cookie' }, pool),
  ...values('session-cookie-path', ['/x', 'x', '/a b', '/a;b', ''], [{}], { affinity: 'cookie' }, pool),
  ...values('session-cookie-domain', ['a.test', '.a.test', 'a b', ''], [{}], { affinity: 'cookie' }, pool),
  ...values('session-cookie-max-age', ['60', '0', '-1', 'abc', ''], [{}], { affinity: 'cookie' }, pool),
  ...values('session-cookie-expires', ['60', '0', '-1', 'abc'], [{}], { affinity: 'cookie' }, pool),
  ...values('session-cookie-samesite', ['None', 'Lax', 'Strict', 'lax', 'bad', ''], [{}, { secure: true }], { affinity: 'cookie' }, pool),
  ...values('session-cookie-secure', ['true', 'false', 'yes'], [{}, { secure: true }], { affinity: 'cookie' }, pool),
  ...values(
    'session-cookie-conditional-samesite-none',
    ['true'],
    [{ headers: { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 12_0 like Mac OS X)' } }, { headers: { 'user-agent': 'Chrome/100' } }],
    {
      affinity: 'cookie',
      'session-cookie-samesite': 'None',
    },
    pool,
  ),
  ...values('session-cookie-change-on-failure', ['true', 'false', 'x'], [{}], { affinity: 'cookie' }, pool),
  ...values('affinity-mode', ['persistent', 'balanced', 'x'], [{}], { affinity: 'cookie' }, pool),
  one('affinity of a host with a path', { affinity: 'cookie' }, paths('/shop/a'), { paths: [{ path: '/shop', service: 'pool' }] }),
  one('affinity of a pattern', { affinity: 'cookie', 'use-regex': 'true' }, paths('/shop/1'), {
    paths: [{ path: '/shop/[0-9]+', type: 'ImplementationSpecific', service: 'pool' }],
  }),
  one('affinity of a pattern with a path', { affinity: 'cookie', 'use-regex': 'true', 'session-cookie-path': '/shop' }, paths('/shop/1'), {
    paths: [{ path: '/shop/[0-9]+', type: 'ImplementationSpecific', service: 'pool' }],
  }),
  ...values(
    'upstream-hash-by',
    ['$request_uri', '$remote_addr', '$http_x_user', '$arg_a', '\x24{request_uri}x', 'constant', ''],
    [{ path: '/x', times: 3 }],
    {},
    pool,
  ),
  ...values('load-balance', ['round_robin', 'ewma', 'least_conn', 'x'], [{}], {}, pool),
]

const canary = (name: string, annotations: Record<string, string>, questions: readonly Question[], main: Record<string, string> = {}): Case => ({
  name,
  ingresses: [{ annotations: main }, { annotations: { canary: 'true', ...annotations }, paths: [{ service: 'two' }] }],
  questions,
})
const canaries: Case[] = [
  ...['0', '100', 'abc', '-1', '200', '50.5', ''].map((weight) => canary(`canary-weight ${weight}`, { 'canary-weight': weight }, [{ times: 4 }])),
  canary('canary-weight of a total', { 'canary-weight': '1000', 'canary-weight-total': '1000' }, [{ times: 3 }]),
  canary('canary-weight above its total', { 'canary-weight': '100', 'canary-weight-total': '5' }, [{ times: 3 }]),
  ...['abc', '0', '-1'].map((total) => canary(`canary-weight-total ${total}`, { 'canary-weight': '100', 'canary-weight-total': total }, [{ times: 3 }])),
  canary('canary-by-header', { 'canary-by-header': 'X-Canary' }, [
    {},
    ...['always', 'never', 'ALWAYS', 'other', ''].map((value) => ({ headers: { 'x-canary': value } })),
  ]),
  canary('canary-by-header with a weight', { 'canary-by-header': 'X-Canary', 'canary-weight': '100' }, [
    {},
    ...['always', 'never', 'other'].map((value) => ({ headers: { 'x-canary': value } })),
  ]),
  canary('canary-by-header-value', { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'you' }, [
    {},
    ...['you', 'YOU', 'always', 'never', 'you '].map((value) => ({ headers: { 'x-canary': value } })),
  ]),
  canary('canary-by-header-value with a weight', { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'you', 'canary-weight': '100' }, [
    {},
    ...['you', 'never', 'always'].map((value) => ({ headers: { 'x-canary': value } })),
  ]),
  canary('canary-by-header-pattern', { 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': '^(a|b)\\d+' }, [
    {},
    ...['a1', 'xb2', 'A1', 'always', 'never'].map((value) => ({ headers: { 'x-canary': value } })),
  ]),
  canary(
    'canary-by-header-pattern and a value',
    { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'you', 'canary-by-header-pattern': 'a' },
    ['a', 'you', 'always'].map((value) => ({ headers: { 'x-canary': value } })),
  ),
  canary(
    'canary-by-header-pattern that is none',
    { 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': '(' },
    ['(', 'always'].map((value) => ({ headers: { 'x-canary': value } })),
  ),
  canary('canary-by-header-value without a header', { 'canary-by-header-value': 'you' }, [{}, { headers: { 'x-canary': 'you' } }]),
  canary('canary-by-cookie', { 'canary-by-cookie': 'canary' }, [
    {},
    ...['canary=always', 'canary=never', 'a=b; canary=always', 'canary=ALWAYS', 'canary=x', 'xcanary=always'].map((cookie) => ({ headers: { cookie } })),
  ]),
  canary('canary-by-cookie with a weight', { 'canary-by-cookie': 'canary', 'canary-weight': '100' }, [
    {},
    ...['canary=always', 'canary=never', 'canary=x'].map((cookie) => ({ headers: { cookie } })),
  ]),
  canary('canary-by-header before its cookie and weight', { 'canary-by-header': 'X-Canary', 'canary-by-cookie': 'canary', 'canary-weight': '100' }, [
    {},
    { headers: { 'x-canary': 'never', cookie: 'canary=always' } },
    { headers: { 'x-canary': 'always', cookie: 'canary=never' } },
    { headers: { 'x-canary': 'x', cookie: 'canary=never' } },
  ]),
  canary('canary-by-header in odd names', { 'canary-by-header': 'x canary' }, [{ headers: { 'x-canary': 'always' } }]),
  canary('a canary that says nothing', {}, [{}, { headers: { 'x-canary': 'always' } }]),
  canary('a canary with annotations of its own', { 'canary-weight': '100', 'rewrite-target': '/canary', 'ssl-redirect': 'false' }, [{ path: '/x' }]),
  canary('annotations of the main Ingress count for its canary', { 'canary-weight': '100' }, [{ path: '/x' }], {
    'rewrite-target': '/main',
    'enable-cors': 'true',
  }),
  ...['yes', 'TRUE', 'false', ''].map((value) => canary(`canary ${value}`, { canary: value, 'canary-weight': '100' }, [{ times: 3 }])),
  { name: 'a canary alone', ingresses: [{ annotations: { canary: 'true', 'canary-weight': '100' } }], questions: [{}] },
  {
    name: 'two canaries',
    ingresses: [
      {},
      { annotations: { canary: 'true', 'canary-by-header': 'X-Two' }, paths: [{ service: 'two' }] },
      { annotations: { canary: 'true', 'canary-by-header': 'X-Three' }, paths: [{ service: 'three' }] },
    ],
    questions: [{}, { headers: { 'x-two': 'always' } }, { headers: { 'x-three': 'always' } }],
  },
  {
    name: 'a canary of one path',
    ingresses: [
      { paths: [{ path: '/' }, { path: '/a' }] },
      { annotations: { canary: 'true', 'canary-weight': '100' }, paths: [{ path: '/a', service: 'two' }] },
    ],
    questions: paths('/', '/a', '/a/b', '/b'),
  },
  {
    name: 'a canary for every path of a host, of a path that the main Ingress has not',
    ingresses: [{ paths: [{ path: '/a' }] }, { annotations: { canary: 'true', 'canary-weight': '100' }, paths: [{ path: '/', service: 'two' }] }],
    questions: paths('/', '/a'),
  },
  {
    name: 'a canary without endpoints',
    ingresses: [{}, { annotations: { canary: 'true', 'canary-weight': '100' }, paths: [{ service: 'none' }] }],
    questions: [{ times: 3 }],
  },
  {
    name: 'a canary of a pattern',
    ingresses: [
      { annotations: { 'rewrite-target': '/$1' }, paths: [{ path: '/a/(.*)', type: 'ImplementationSpecific' }] },
      {
        annotations: { canary: 'true', 'canary-weight': '100', 'rewrite-target': '/$1' },
        paths: [{ path: '/a/(.*)', type: 'ImplementationSpecific', service: 'two' }],
      },
    ],
    questions: paths('/a/x'),
  },
]

export const cases: readonly Case[] = [...matching, ...regex, ...redirects, ...backends, ...guards, ...asked, ...cors, ...sessions, ...canaries, ...randomPaths]

export const hostOf = (index: number): string => `h${index}.test`
