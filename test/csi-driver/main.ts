/** The test driver as a program: NAME NODE-ID DIRECTORY REGISTRY DEVICE (what its raw block volumes are). Runs until it is told to stop; mounts where it is started. */
import { bindMount, unmount } from '#kubelet/volumes/mounts.ts'
import { startTestDriver } from '#kubelet/testing/csi-driver.ts'

const [name = '', nodeId = '', directory = '', registry = '', device = ''] = process.argv.slice(2)
const driver = await startTestDriver({ name, nodeId, directory, registry, device, topology: { 'topology.dirs.csi/node': nodeId }, mount: bindMount, unmount })
process.on('SIGTERM', () => {
  driver.close()
  process.exit(0)
})
console.log('ready')
