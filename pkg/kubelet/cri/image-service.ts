/** ImageService over a connection. */
import type { CriConnection } from './connection.ts'
import type { FilesystemUsage, Image, ImageService } from './types.ts'

/** A pull has no limit of its own upstream; an hour bounds one that hangs. */
const pullTimeoutMs = 3_600_000

export function imageService({ image }: CriConnection): ImageService {
  return {
    listImages: async () => (await image<{ images: Image[] }>('ListImages', {})).images,
    imageStatus: async (name) => (await image<{ image: Image | null }>('ImageStatus', { image: { image: name } })).image ?? undefined,
    pullImage: async (name, auth) =>
      (await image<{ imageRef: string }>('PullImage', { image: { image: name }, ...(auth ? { auth } : {}) }, pullTimeoutMs)).imageRef,
    async removeImage(name) {
      await image('RemoveImage', { image: { image: name } })
    },
    imageFsInfo: async () => (await image<{ imageFilesystems: FilesystemUsage[] }>('ImageFsInfo', {})).imageFilesystems,
  }
}
