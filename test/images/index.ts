/**
 * Images for the end-to-end tests, under the names that the reference manifests use: Python with Flask, nginx, a
 * small HTTP application with /health. No registry is asked; everything comes from Debian packages.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '#cluster/host/exec.ts'
import { filesOf, type ImageFile, type ImageSpec, writeOciArchive } from '#cluster/images/oci-archive.ts'
import { debianRootfs } from './debian-rootfs.ts'

/** Raised when what is below changes, so that a kept archive is built anew. */
const edition = 1
const cache = join(import.meta.dirname, '..', '..', '.k8ts', 'test-images')

export const imageNames = {
  flask: 'python:3.11-slim',
  flaskNext: 'python:3.12-slim',
  nginx: 'nginx:1.25-alpine',
  api: 'myregistry/api:1.5.0',
  apiNext: 'myregistry/api:1.6.0',
  tools: 'k8ts.test/tools:1',
} as const

/** The archive with all of them; built once a checkout. */
export async function testImagesArchive(): Promise<string> {
  const path = join(cache, `images-${edition}.tar`)
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(tmpdir(), 'k8ts-images-'))
  try {
    await run(['apt-get', 'update', '-qq'], { timeoutMs: 300_000 })
    const python = await rootfs(join(work, 'python'), ['python3-minimal', 'python3', 'python3-flask', 'busybox-static'])
    const nginx = await rootfs(join(work, 'nginx'), ['nginx-light', 'busybox-static'])
    await writeOciArchive(specs(python, nginx), `${path}.new`)
    await rename(`${path}.new`, path)
    return path
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function rootfs(root: string, packages: readonly string[]): Promise<ImageFile[]> {
  await debianRootfs(root, packages)
  const applets = [
    'sh',
    'ls',
    'cat',
    'echo',
    'env',
    'sleep',
    'tar',
    'kill',
    'ps',
    'hostname',
    'id',
    'mkdir',
    'rm',
    'cp',
    'mv',
    'test',
    'true',
    'false',
    'date',
    'grep',
    'nslookup',
    'wget',
    'head',
    'wc',
    'touch',
    'ln',
    'chmod',
    'tr',
    'sed',
    'df',
    'stat',
    'find',
    'seq',
    'nc',
    'ip',
    'tty',
    'stty',
  ]
  return [
    ...(await filesOf(root)),
    ...applets.filter((applet) => !existsSync(join(root, 'bin', applet))).map((applet): ImageFile => ({ path: `bin/${applet}`, linkTo: 'busybox' })),
    { path: 'usr/local/bin/python', linkTo: '/usr/bin/python3' },
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
    { path: 'etc/group', content: 'root:x:0:\nwww-data:x:33:\nadm:x:4:\nnogroup:x:65534:\n' },
    { path: 'tmp', directory: true, mode: 0o1777 },
  ]
}

const apiSource = (version: string): string => `
import http.server, json, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        if self.path == '/health':
            body, status = b'ok', 503 if os.path.exists('/tmp/unhealthy') else 200
        elif self.path == '/env':
            body, status = json.dumps(dict(os.environ)).encode(), 200
        else:
            body, status = json.dumps({'version': '${version}', 'pod': os.environ.get('HOSTNAME')}).encode(), 200
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        print(self.command, self.path, flush=True)
def stop(*args):
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
http.server.ThreadingHTTPServer.daemon_threads = True
http.server.ThreadingHTTPServer(('', int(os.environ.get('PORT', '3000'))), Handler).serve_forever()
`

function specs(python: readonly ImageFile[], nginx: readonly ImageFile[]): ImageSpec[] {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  // The documents' Flask manifest mounts its code at /app and says no working directory: the image brings it.
  const flask = { env: [path, 'PYTHONUNBUFFERED=1', 'LANG=C.UTF-8'], workingDir: '/app', layers: [python], cmd: ['python3'] }
  const api = (version: string, names: readonly string[], port = 3000): ImageSpec => ({
    names,
    env: [path, 'PYTHONUNBUFFERED=1', `PORT=${port}`],
    workingDir: '/srv',
    cmd: ['python', '/srv/app.py'],
    exposedPorts: [`${port}/tcp`],
    layers: [
      python,
      [
        { path: 'srv', directory: true },
        { path: 'srv/app.py', content: apiSource(version) },
      ],
    ],
  })
  const hello = `from flask import Flask\napp = Flask(__name__)\n\n@app.route('/')\ndef hello_world():\n    return 'Hello from Kubernetes!'\n\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=5000)\n`
  return [
    { ...flask, names: [imageNames.flask, 'python:3.9-slim'] },
    { ...flask, names: [imageNames.flaskNext], env: [...flask.env, 'EDITION=next'] },
    { ...flask, names: [imageNames.tools], workingDir: '/', cmd: ['sleep', '1000000'] },
    {
      ...flask,
      names: ['your-registry/flask-hello-k8s:v1'],
      cmd: ['python', 'app.py'],
      layers: [
        python,
        [
          { path: 'app', directory: true },
          { path: 'app/app.py', content: hello },
        ],
      ],
    },
    api('1.5.0', [imageNames.api]),
    api('1.6.0', [imageNames.apiNext]),
    api('blue', ['myshop/web:1.0'], 8080),
    api('green', ['myshop/web:2.0'], 8080),
    {
      names: [imageNames.nginx],
      env: [path],
      cmd: ['nginx', '-g', 'daemon off;'],
      exposedPorts: ['80/tcp'],
      layers: [
        nginx,
        [
          { path: 'var/log/nginx', directory: true },
          { path: 'var/lib/nginx', directory: true },
          { path: 'run', directory: true },
          {
            path: 'etc/nginx/nginx.conf',
            content:
              'worker_processes 1;\nerror_log stderr;\npid /run/nginx.pid;\nevents {}\nhttp {\n  access_log /dev/stdout;\n  server {\n    listen 80;\n    root /usr/share/nginx/html;\n  }\n}\n',
          },
          { path: 'usr/share/nginx/html/index.html', content: '<title>Welcome to nginx!</title>\n' },
        ],
      ],
    },
  ]
}
