/** Debian's gpg in a home of its own. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const noGpg: string | undefined = spawnSync('gpg', ['--version']).status === 0 ? undefined : 'no gpg here to compare with'

export interface Gpg extends Disposable {
  readonly home: string
  run(args: readonly string[], input?: string | Buffer): Buffer
}

export function openGpg(): Gpg {
  const home = mkdtempSync(join(tmpdir(), 'k8ts-gpg-'))
  const env = { PATH: process.env.PATH, GNUPGHOME: home }
  return {
    home,
    run(args, input = '') {
      const { status, stdout, stderr } = spawnSync('gpg', ['--batch', '--yes', '--quiet', '--pinentry-mode', 'loopback', ...args], { env, input })
      if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
      return stdout
    },
    [Symbol.dispose]() {
      spawnSync('gpgconf', ['--kill', 'all'], { env })
      rmSync(home, { recursive: true, force: true })
    },
  }
}
