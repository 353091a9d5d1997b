/**
 * `k8ts.local/hello:1`: busybox serving one page that says which pod answered, on port 8080. Made of Debian's
 * busybox-static, so that the first example works with no network at all.
 */
import type { ImageFile, ImageSpec } from './oci-archive.ts'

export const helloImageName = 'k8ts.local/hello:1'

/** The programs that the image offers under their own names. */
const applets = [
  'sh',
  'ls',
  'cat',
  'echo',
  'env',
  'hostname',
  'id',
  'ps',
  'sleep',
  'tar',
  'wget',
  'nslookup',
  'httpd',
  'true',
  'false',
  'mkdir',
  'rm',
  'cp',
  'mv',
  'test',
  'date',
  'kill',
  'vi',
  'top',
  'df',
  'head',
  'tail',
  'grep',
  'sed',
  'awk',
  'ip',
  'nc',
  'printf',
  'touch',
  'ln',
  'chmod',
  'find',
  'wc',
  'sort',
  'stat',
  'seq',
  'dd',
  'sync',
  'mount',
  'which',
  'base64',
  'uname',
  'whoami',
  'pwd',
  'tty',
  'stty',
  'time',
  'timeout',
  'tee',
  'xargs',
  'cut',
  'tr',
  'md5sum',
  'sha256sum',
  'ping',
  'traceroute',
  'netstat',
  'free',
  'uptime',
  'less',
  'more',
] as const

const page = `#!/bin/sh
echo "Content-Type: text/plain"
echo
echo "Hello from \${HOSTNAME:-$(hostname)}"
`

export function helloImage(busybox: Uint8Array): ImageSpec {
  const links = applets.map((applet): ImageFile => ({ path: `bin/${applet}`, linkTo: 'busybox' }))
  return {
    names: [helloImageName],
    cmd: ['/bin/httpd', '-f', '-p', '8080', '-h', '/www'],
    env: ['PATH=/bin'],
    workingDir: '/',
    exposedPorts: ['8080/tcp'],
    layers: [
      [
        { path: 'bin', directory: true },
        { path: 'bin/busybox', content: busybox, mode: 0o755 },
        ...links,
        { path: 'etc', directory: true },
        { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
        { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
        { path: 'root', directory: true, mode: 0o700 },
        { path: 'tmp', directory: true, mode: 0o1777 },
        { path: 'www', directory: true },
        { path: 'www/cgi-bin', directory: true },
        { path: 'www/cgi-bin/hello', content: page, mode: 0o755 },
        {
          path: 'www/index.html',
          content: '<!doctype html><title>k8ts</title><h1>It works</h1><p>This page comes out of a container. <a href="/cgi-bin/hello">Which pod?</a></p>\n',
        },
      ],
    ],
  }
}
