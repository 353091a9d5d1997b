/** The simulated nodes of a local cluster (`k8ts up --sim-nodes N`), all in one process. */
import { systemClock } from '#base/clock.ts'
import { createKeepAliveTransport } from '#client/keep-alive-transport.ts'
import { createClient } from '#client/rest.ts'
import { ensurePki } from '#cluster/components.ts'
import { startHollowNodes } from '#hollow/index.ts'
import { aborted, startComponent, untilListening } from './component.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: 'hollow', inHostNetwork: true })
  await untilListening('127.0.0.1', config.apiServer.port, signal)
  const pki = await ensurePki(config)
  // It is many nodes at once: an administrator, as no node may speak for another.
  const { certificate, key } = pki.admin
  const server = `https://127.0.0.1:${config.apiServer.port}`
  const client = createClient(createKeepAliveTransport({ server, ca: pki.ca.certificate, cert: certificate, key }))
  const { podCidr, simulatedNodes = 0, name } = config
  const prefix = name === 'k8ts' ? 'sim-' : `${name}-sim-`
  const hollow = startHollowNodes({ client, clock: systemClock, log, signal, count: simulatedNodes, prefix, podCidr })
  await hollow.ready
  link.ready()
  await aborted(signal)
  await hollow.done.catch(() => undefined)
  process.exit(0)
}
