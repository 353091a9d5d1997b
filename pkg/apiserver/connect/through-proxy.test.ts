import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, gzipSync, inflateRawSync, deflateRawSync } from 'node:zlib'
import { rewriteUrl, throughProxy } from './through-proxy.ts'

const prefix = '/api/v1/namespaces/n/services/web:80/proxy'
const side = { backend: '10.0.0.7:8080', asked: 'localhost:8001', prefix }

test("Links that are absolute on the backend's or the asked host go through the proxy, others stay", () => {
  const cases: [string, string][] = [
    ['/rewriteme', `${prefix}/rewriteme`],
    ['/a/../b//c/?q=/x#/y', `${prefix}/b/c/?q=/x#/y`],
    ['/', `${prefix}/`],
    ['relative/page', 'relative/page'],
    ['', ''],
    ['#part', '#part'],
    ['http://10.0.0.7:8080/in', `${prefix}/in`],
    ['//10.0.0.7:8080/in', `${prefix}/in`],
    ['http://localhost:8001/in', `http://localhost:8001${prefix}/in`],
    [`${prefix}/already`, `${prefix}/already`],
    ['https://example.test/out', 'https://example.test/out'],
    ['mailto:a@b', 'mailto:a@b'],
    ['javascript:go(/x/)', 'javascript:go(/x/)'],
  ]
  for (const [url, expected] of cases) assert.equal(rewriteUrl(url, side), expected, url)
})

async function* blocks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
}
const page = `<!DOCTYPE html>\r\n<!-- <a href="/no"> --><A HREF='/a?x=1&amp;y="2"' class=c>t</A><img src=/i.png><br/>
<script src="/s.js">if (a < b) document.write('<a href="/no">')</script><style>a { background: url(/no) }</style>
<form action="https://example.test/f"><input name="&lt;" formaction=/g /></form>é`
const rewritten = `<!DOCTYPE html>\r\n<!-- <a href="/no"> --><a href="${prefix}/a?x=1&amp;y=&#34;2&#34;" class="c">t</A><img src="${prefix}/i.png"><br/>
<script src="${prefix}/s.js">if (a < b) document.write('<a href="/no">')</script><style>a { background: url(/no) }</style>
<form action="https://example.test/f"><input name="&lt;" formaction="${prefix}/g"/></form>é`

test('A page is rewritten in its start tags alone, in each coding; what is no page passes as it came', async () => {
  const ask = async (headers: Record<string, string>, bytes: Buffer) => {
    const { body, ...answer } = await throughProxy({ status: 200, headers, body: blocks(bytes) }, side)
    return {
      headers: answer.headers,
      bytes: body instanceof Uint8Array ? Buffer.from(body) : Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>)),
    }
  }
  const html = { 'content-type': 'text/html; charset=utf-8', 'content-length': '1', 'access-control-allow-origin': '*', vary: 'Origin' }
  const plain = await ask(html, Buffer.from(page))
  assert.equal(plain.bytes.toString(), rewritten)
  assert.deepEqual(plain.headers, { 'content-type': 'text/html; charset=utf-8', 'content-length': String(plain.bytes.length), vary: 'Origin' })
  assert.equal(gunzipSync((await ask({ ...html, 'content-encoding': 'gzip' }, gzipSync(page))).bytes).toString(), rewritten)
  assert.equal(inflateRawSync((await ask({ ...html, 'content-encoding': 'deflate' }, deflateRawSync(page))).bytes).toString(), rewritten)
  assert.equal((await ask({ ...html, 'content-encoding': 'br' }, Buffer.from(page))).bytes.toString(), page)
  assert.equal((await ask({ 'content-type': 'text/plain' }, Buffer.from(page))).bytes.toString(), page)
  const large = Buffer.alloc(17 * 1024 * 1024, '<a href="/x">')
  const many = await throughProxy(
    {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: (async function* () {
        yield large
      })(),
    },
    side,
  )
  assert.deepEqual(Buffer.concat(await Array.fromAsync(many.body as AsyncIterable<Uint8Array>)), large)
})

test('A redirect stays inside the proxy', async () => {
  const to = async (location: string) => (await throughProxy({ status: 302, headers: { location }, body: blocks(Buffer.from('')) }, side)).headers.location
  assert.equal(await to('/login'), `${prefix}/login`)
  assert.equal(await to('http://10.0.0.7:8080/login'), `${prefix}/login`)
  assert.equal(await to('https://example.test/login'), 'https://example.test/login')
})
