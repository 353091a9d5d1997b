/** Node's own HTTP/2 server with client certificates: answers a GET with the bytes of a file, a POST with its body parsed and encoded again. */
import { readFileSync } from 'node:fs'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { join } from 'node:path'

const [directory, port] = process.argv.slice(2)
const read = (name: string): Buffer => readFileSync(join(directory!, name))
const answers: Readonly<Record<string, Buffer>> = { '/get': read('get'), '/list': read('list') }
const server = createSecureServer({ cert: read('cert'), key: read('key'), ca: read('ca'), requestCert: true, rejectUnauthorized: true })
const respond = (stream: ServerHttp2Stream, status: number, body: Buffer | string): void => {
  stream.respond({ ':status': status, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  stream.end(body)
}
server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
  const answer = answers[headers[':path'] ?? '']
  if (headers[':method'] === 'GET' && answer) return respond(stream, 200, answer)
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => respond(stream, 201, JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))))
})
server.listen(Number(port), '127.0.0.1', () => console.log('listening'))
