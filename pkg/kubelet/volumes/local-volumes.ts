/** Directories that become node-local persistent volumes: one for each volume, below the kubelet's root. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HttpError } from '../server/http-error.ts'
import { mountsBelow } from './mounts.ts'

const namePattern = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

export interface LocalVolumes {
  /** Answers the path; what is there already stays as it is. */
  create(name: string): string
  remove(name: string): Promise<void>
}

export function localVolumes(rootDir: string): LocalVolumes {
  const base = join(rootDir, 'local-volumes')
  const pathOf = (name: string): string => {
    if (!namePattern.test(name)) throw new HttpError(400, `"${name}" is not a volume's name`)
    return join(base, name)
  }
  return {
    create(name) {
      const path = pathOf(name)
      if (!existsSync(path)) {
        mkdirSync(path, { recursive: true })
        // Whatever user the containers run as.
        chmodSync(path, 0o777)
      }
      return path
    },
    async remove(name) {
      const path = pathOf(name)
      if (mountsBelow(path).length > 0) throw new HttpError(409, `volume "${name}" is still mounted`)
      const condemned = join(base, `.${name}.deleted`)
      // Out of sight at once, so that a new volume of this name starts empty; a removal that was cut off is finished here.
      if (existsSync(path)) {
        await rm(condemned, { recursive: true, force: true })
        await rename(path, condemned)
      }
      await rm(condemned, { recursive: true, force: true })
    },
  }
}
