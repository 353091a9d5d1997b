/**
 * The images of upstream's conformance tests, out of Debian packages and programs built from upstream's source, as one archive
 * for `k8ts image load`: `tools/node.sh tools/conformance-images.ts SOURCE PROGRAMS ARCHIVE` (docs/conformance.md).
 *
 * SOURCE is the folder of the module k8s.io/kubernetes; PROGRAMS has agnhost, nnp, pause, sample-apiserver, etcd, resource-consumer
 * and consume-cpu; an image whose programs are not there is left out, and named.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, runOrThrow } from '#cluster/host/exec.ts'
import { filesOf, type ImageFile, type ImageSpec, writeOciArchive } from '#cluster/images/oci-archive.ts'
import { debianRootfs } from '../test/images/debian-rootfs.ts'

const [source, programs, archive] = process.argv.slice(2)
if (!source || !programs || !archive) throw new Error('usage: conformance-images.ts SOURCE PROGRAMS ARCHIVE')

const env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']
const tests = 'registry.k8s.io/e2e-test-images'
const isThere = (name: string): boolean => existsSync(join(programs, name))
const program = (name: string, path = name, mode = 0o755): ImageFile => ({ path, content: readFileSync(join(programs, name)), mode })
const fromSource = (path: string, from: string): ImageFile => ({ path, content: readFileSync(join(source, 'test/images', from)), mode: 0o644 })
const folder = (path: string, mode = 0o755): ImageFile => ({ path, directory: true, mode })

const accounts: ImageFile[] = [
  {
    path: 'etc/passwd',
    content: 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:::/bin/false\nnobody:x:65534:65534:::/bin/false\nuser-defined-in-image:x:1000:1000:::/bin/sh\n',
  },
  {
    path: 'etc/group',
    content: 'root:x:0:\nwww-data:x:33:\nadm:x:4:\nnogroup:x:65534:\nuser-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n',
  },
]

/** The tests need a shell that keeps variables like "data-1" and does not run busybox's own nc: bash is /bin/sh. Of the tools, busybox lacks printenv, and its wget dies of -T. */
async function layer(work: string, name: string, packages: readonly string[]): Promise<ImageFile[]> {
  const root = join(work, name)
  await debianRootfs(root, ['busybox-static', 'bash', ...packages])
  const files = await filesOf(root)
  const present = new Set(files.filter(({ path }) => /(^|\/)s?bin\/[^/]+$/.test(path)).map(({ path }) => path.split('/').at(-1)))
  const applets = (await runOrThrow([join(root, 'bin/busybox'), '--list'])).trim().split('\n')
  const links = applets.filter((applet) => !present.has(applet) && applet !== 'sh' && applet !== 'nc')
  const all: ImageFile[] = [
    ...files,
    ...links.map((applet) => ({ path: `bin/${applet}`, linkTo: '/bin/busybox' })),
    { path: 'bin/sh', linkTo: '/bin/bash' },
    { path: 'bin/nc', linkTo: present.has('nc.openbsd') ? '/bin/nc.openbsd' : '/bin/busybox' },
    ...accounts,
    folder('tmp', 0o1777),
    ...['root', 'uploads', 'home', 'var', 'var/log', 'var/run', 'run', 'mnt', 'dev', 'proc', 'sys'].map((path) => folder(path)),
  ]
  return [...new Map(all.map((file) => [file.path, file])).values()]
}

const nginxFiles: ImageFile[] = [
  folder('var/log/nginx'),
  folder('var/lib/nginx'),
  {
    path: 'etc/nginx/nginx.conf',
    content:
      'worker_processes 1;\nerror_log stderr;\npid /run/nginx.pid;\nevents {}\nhttp {\n  access_log /dev/stdout;\n  server {\n    listen 80;\n    root /usr/share/nginx/html;\n  }\n}\n',
  },
  { path: 'usr/share/nginx/html/index.html', content: '<title>Welcome to nginx!</title>\n' },
]

/** The part of the hostpath driver that tests of devices use: what connects to the socket is joined to who connects to the port. */
const socketProxy: ImageFile = {
  path: 'hostpathplugin',
  content: `#!/bin/sh
for each; do
  case $each in
    --endpoint=*) socket=\${each#--endpoint=} ;;
    --proxy-endpoint=tcp://:*) port=\${each#--proxy-endpoint=tcp://:} ;;
  esac
done
exec socat "UNIX-LISTEN:$socket,fork,unlink-early" "TCP-LISTEN:$port,reuseaddr,reuseport"
`,
  mode: 0o755,
}

const work = await mkdtemp(join(tmpdir(), 'k8ts-conformance-'))
try {
  await run(['apt-get', 'update', '-qq'], { timeoutMs: 300_000 })
  const plain = await layer(work, 'plain', [])
  const tools = await layer(work, 'tools', [
    'curl',
    'bind9-dnsutils',
    'bind9-host',
    'netcat-openbsd',
    'iproute2',
    'iperf',
    'libc-bin',
    'ca-certificates',
    'wget',
    'coreutils',
  ])
  const sockets = await layer(work, 'sockets', ['socat'])
  const nginx = await layer(work, 'nginx', ['nginx-light', 'curl'])
  const agnhost = (names: readonly string[], more: readonly ImageFile[], cmd: string): ImageSpec => ({
    names: names.map((name) => `${tests}/${name}`),
    env,
    entrypoint: ['/agnhost'],
    cmd: [cmd],
    workingDir: '/',
    exposedPorts: ['80/tcp', '8080/tcp', '8081/tcp', '9376/tcp', '5000/tcp'],
    layers: [
      tools,
      [
        program('agnhost'),
        { path: 'agnhost-2', linkTo: 'agnhost' },
        fromSource('localhost.crt', 'agnhost/porter/localhost.crt'),
        fromSource('localhost.key', 'agnhost/porter/localhost.key'),
      ],
      more,
    ],
  })
  const page = (name: string): ImageFile[] => ['data.json', `${name}.jpg`].map((file) => fromSource(file, `${name}/html/${file}`))
  const wanted: readonly [needs: readonly string[], image: () => ImageSpec][] = [
    [['agnhost'], () => agnhost(['agnhost:2.63.0', 'agnhost:2.55'], [], 'pause')],
    [['agnhost'], () => agnhost(['nautilus:1.8'], page('nautilus'), 'test-webserver')],
    [['agnhost'], () => agnhost(['kitten:1.8'], page('kitten'), 'test-webserver')],
    [[], () => ({ names: [`${tests}/busybox:1.37.0-1`], env, cmd: ['sh'], layers: [plain] })],
    [[], () => ({ names: [`${tests}/nonroot:1.5`], env, cmd: ['sh'], user: '1234', layers: [plain] })],
    [[], () => ({ names: [`${tests}/ipc-utils:1.4`, `${tests}/glibc-dns-testing:2.0.0`, `${tests}/perl:5.26`], env, cmd: ['sh'], layers: [tools] })],
    [[], () => ({ names: [`${tests}/nginx:1.15-4`, `${tests}/nginx:1.27-0`], env, cmd: ['nginx', '-g', 'daemon off;'], layers: [nginx, nginxFiles] })],
    [['nnp'], () => ({ names: [`${tests}/nonewprivs:1.4`], env, cmd: ['nnp'], layers: [plain, [program('nnp', 'usr/local/bin/nnp', 0o6755)]] })],
    [['pause'], () => ({ names: ['registry.k8s.io/pause:3.10.2'], env, entrypoint: ['/pause'], user: '65535:65535', layers: [[program('pause')]] })],
    [[], () => ({ names: ['registry.k8s.io/sig-storage/hostpathplugin:v1.17.1'], env, cmd: ['sh'], layers: [sockets, [socketProxy]] })],
    [['etcd'], () => ({ names: ['registry.k8s.io/etcd:3.6.8-0'], env, layers: [plain, [program('etcd', 'usr/local/bin/etcd')]] })],
    [
      ['sample-apiserver'],
      () => ({ names: [`${tests}/sample-apiserver:1.29.2`], env, entrypoint: ['/sample-apiserver'], layers: [plain, [program('sample-apiserver')]] }),
    ],
    [
      ['resource-consumer', 'consume-cpu'],
      () => ({
        names: [`${tests}/resource-consumer:1.14`],
        env,
        entrypoint: ['/consumer'],
        layers: [tools, [program('resource-consumer', 'consumer'), program('consume-cpu')]],
      }),
    ],
  ]
  for (const [needs] of wanted) for (const name of needs) if (!isThere(name)) process.stderr.write(`no ${name} in ${programs}: its images are left out\n`)
  await writeOciArchive(
    wanted.filter(([needs]) => needs.every(isThere)).map(([, image]) => image()),
    archive,
  )
} finally {
  await rm(work, { recursive: true, force: true })
}
