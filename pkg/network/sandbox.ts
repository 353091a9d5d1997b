/**
 * For tests with real packets: runs a test file again in network and mount namespaces of its own, with an empty /run,
 * so that whatever it makes ends with it and the machine never sees it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Of a whole file of packets, on a machine that does much else. */
const limitMs = 180_000

const insideVariable = 'K8TS_NETWORK_SANDBOX'

export const insideSandbox = process.env[insideVariable] === '1'

/** Why such tests cannot run here, or undefined. */
export function sandboxObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root'
  for (const program of ['nft', 'ip', 'unshare', 'nsenter']) {
    if (!['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) => existsSync(`${directory}/${program}`))) return `needs the program ${program}`
  }
  // Most of these clusters are dual-stack.
  if (!existsSync('/proc/sys/net/ipv6')) return 'needs a kernel with IPv6'
  const trial = spawnSync('unshare', ['--net', '--mount', 'true'])
  return trial.status === 0 ? undefined : `cannot make namespaces: ${trial.stderr}`
}

/** Declares `tests` when already in the sandbox; else declares one test that runs the file there. */
export function inSandbox(fileUrl: string, name: string, tests: () => void): void {
  if (insideSandbox) {
    tests()
    return
  }
  const obstacle = sandboxObstacle()
  if (obstacle) console.log(`# skipped: ${name}: ${obstacle}`)
  test(name, { skip: obstacle ?? false, timeout: limitMs }, () => {
    const script = 'mount -t tmpfs none /run && ip link set lo up && exec "$@"'
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env
    const child = spawnSync(
      'unshare',
      ['--net', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', process.execPath, '--test-reporter=spec', fileURLToPath(fileUrl)],
      {
        env: { ...environment, [insideVariable]: '1' },
        encoding: 'utf8',
        timeout: limitMs,
      },
    )
    if (child.status !== 0) throw new Error(`in the sandbox:\n${child.stdout}${child.stderr}`)
  })
}
