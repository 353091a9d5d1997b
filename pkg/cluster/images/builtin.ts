/** The images every node has from the start, built here: the pod sandbox, and a small web page to try things with. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { openCri } from '#kubelet/cri/index.ts'
import { importImage } from '#kubelet/cri/import-image.ts'
import { findProgram } from '../host/requirements.ts'
import { helloImage, helloImageName } from './hello.ts'
import { type ImageSpec, writeOciArchive } from './oci-archive.ts'
import { pauseImage, pauseImageName } from './pause.ts'

/** Never removed for want of disk: they cannot be pulled again. */
export const builtinImageNames: readonly string[] = [pauseImageName, helloImageName]

/** Loads into a node's runtime what it lacks; the archives are built once a data directory. */
export async function ensureBuiltinImages(socket: string, dataDir: string): Promise<void> {
  const cri = openCri(socket)
  try {
    const present = new Set((await cri.images.listImages()).flatMap((image) => image.repoTags ?? []))
    const busybox = findProgram('busybox')
    const wanted: [string, () => Promise<ImageSpec>][] = [[pauseImageName, async () => pauseImage()]]
    if (busybox) wanted.push([helloImageName, async () => helloImage(await readFile(busybox))])
    for (const [name, build] of wanted) {
      if (!present.has(name)) await importImage(socket, await builtArchive(dataDir, name, build))
    }
  } finally {
    cri.close()
  }
}

async function builtArchive(dataDir: string, name: string, build: () => Promise<ImageSpec>): Promise<string> {
  const path = join(dataDir, 'images', `${name.replace(/[/:]/g, '_')}.tar`)
  if (existsSync(path)) return path
  await mkdir(join(dataDir, 'images'), { recursive: true })
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await writeOciArchive([await build()], temporary)
  await rename(temporary, path)
  return path
}
