/** kubectl set image. */
import { CommandError } from '../../errors.ts'
import { hasFiles } from '../../resources/visit.ts'
import type { Command } from '../../types.ts'
import { applyChange, containersOf, podSpecOf, refuseAllWithSelector, resourcesAndPairs, recordingSetFlags, setItems } from './change.ts'

export const command: Command = {
  summary: 'Update existing container image(s) of resources.',
  usage: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  examples: ['kubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1'],
  flags: recordingSetFlags,
  async run(invocation) {
    const { resources, pairs } = resourcesAndPairs(invocation.args, (arg) => arg.includes('='), 'image')
    const images = new Map<string, string>()
    for (const pair of pairs) {
      const at = pair.indexOf('=')
      if (at === 0) throw new CommandError(`error: invalid image format: ${pair}`)
      images.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const items = await setItems(invocation, resources)
    refuseAllWithSelector(invocation)
    if (resources.length === 0 && !hasFiles(invocation))
      throw new CommandError('error: one or more resources must be specified as <resource> <name> or <resource>/<name>')
    if (images.size === 0) throw new CommandError('error: at least one image update is required')
    if (images.size > 1 && images.has('*'))
      throw new CommandError('error: all containers are already specified by *, but saw more than one container_name=container_image pairs')
    await applyChange(invocation, items, {
      past: 'image updated',
      refused: 'failed to patch image update to pod template:',
      change(copy, item) {
        const spec = podSpecOf(copy, item)
        for (const [name, image] of images) {
          const found = containersOf(spec, name === '*' ? '*' : name)
          if (found.length === 0) throw new CommandError(`error: unable to find container named ${JSON.stringify(name)}`)
          for (const container of found) container.image = image
        }
      },
    })
  },
}
