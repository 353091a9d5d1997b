import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { nodes } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { cniFileName } from '../cni.ts'
import { mustRun, type RunCommand, runCommand } from '../run-command.ts'
import { inSandbox } from '../sandbox.ts'
import { listen } from '../test-silence.ts'
import { inNamespace } from '../underlay/index.ts'
import { startPodNetwork } from './start-pod-network.ts'

/** Says who asked, and how much it was sent, once the sender has ended. */
const server = `
require('net').createServer({ allowHalfOpen: true }, (s) => {
  let size = 0
  s.on('data', (d) => { size += d.length }).on('end', () => s.end(s.remoteAddress.replace('::ffff:', '') + ' ' + size + '\\n'))
}).listen(8080, '::', () => console.log('ready'))`

interface MachineOfTest {
  readonly name: string
  readonly address: string
  readonly podCidr: string
  readonly pod: string
}

const machines: readonly [MachineOfTest, MachineOfTest] = [
  { name: 'one', address: '192.0.2.2', podCidr: '10.244.0.0/24', pod: '10.244.0.5' },
  { name: 'two', address: '192.0.2.3', podCidr: '10.244.1.0/24', pod: '10.244.1.5' },
]

inSandbox(import.meta.url, 'pods of machines on one link reach each other, encapsulated or by plain routes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-overlay-'))
  const children: ChildProcess[] = []
  const [one, two] = machines

  before(async () => {
    await mustRun(['sh', '-eu'], 'mkdir -p /run/netns; ip link add link0 type bridge; ip addr add 192.0.2.1/24 dev link0; ip link set link0 up')
    for (const { name, address, pod } of machines)
      await mustRun(
        ['sh', '-eu'],
        `ip netns add ${name}; ip link add l${name} type veth peer name eth0 netns ${name}; ip link set l${name} master link0 up
ip -n ${name} link set lo up; ip -n ${name} addr add ${address}/24 dev eth0; ip -n ${name} link set eth0 up; ip -n ${name} route add default via 192.0.2.1
ip netns exec ${name} sysctl -qw net.ipv4.ip_forward=1
ip netns add p${name}; ip -n ${name} link add pod type veth peer name eth0 netns p${name}; ip -n ${name} link set pod up
ip -n ${name} addr add ${pod.replace(/5$/, '1')}/32 dev pod; ip -n ${name} route add ${pod} dev pod
ip -n p${name} link set lo up; ip -n p${name} addr add ${pod}/32 dev eth0; ip -n p${name} link set eth0 up
ip -n p${name} route add ${pod.replace(/5$/, '1')} dev eth0; ip -n p${name} route add default via ${pod.replace(/5$/, '1')}`,
      )
    await Promise.all(
      ['pone', 'ptwo', undefined].map(async (where) => {
        const [program = '', ...args] = [...(where ? inNamespace(where) : []), process.execPath, '-e', server]
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        children.push(child)
        await new Promise((resolve) => child.stdout.once('data', resolve))
      }),
    )
  })
  after(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  /** Sends half a megabyte and more, so that packets are as large as they get. */
  const ask = async (from: string, to: string) => {
    const program = `const s = require('net').connect(8080, '${to}', () => s.end(Buffer.alloc(600000))); s.on('data', (d) => process.stdout.write(d)).on('error', (e) => console.log(e.code))`
    const { stdout } = await listen(inNamespace(from, [process.execPath, '-e', program]), () =>
      runCommand(inNamespace(from, [process.execPath, '-e', program.replace(to, '127.0.0.1')])),
    )
    return stdout.trim()
  }

  for (const [mode, mtu] of [
    ['vxlan', 1450],
    ['routes', 1500],
  ] as const)
    test(`by ${mode}: source kept between pods, the machine's address outside, packets of ${mtu} bytes`, async () => {
      const fake = createFakeClient({ clock: systemClock })
      const abort = new AbortController()
      for (const { name, address, podCidr } of machines)
        fake.seed(nodes, { metadata: { name }, spec: { podCIDR: podCidr }, status: { addresses: [{ type: 'InternalIP', address }] } })
      for (const { name, address } of machines) {
        const run: RunCommand = (argv, input) => runCommand(inNamespace(name, argv), input)
        const cni = { confDir: join(folder, mode, name), dataDir: join(folder, mode, name, 'data') }
        const network = await startPodNetwork({
          client: fake,
          nodeName: name,
          nodeAddress: address,
          mode,
          podCidr: '10.244.0.0/16',
          serviceCidr: '10.96.0.0/16',
          cni,
          log: silentLogger,
          signal: abort.signal,
          run,
        })
        await network.settled()
        const { plugins } = JSON.parse(readFileSync(join(cni.confDir, cniFileName), 'utf8'))
        assert.equal(plugins[0].mtu, mtu)
        await mustRun(['ip', '-n', `p${name}`, 'link', 'set', 'eth0', 'mtu', String(mtu)])
        await mustRun(['ip', '-n', name, 'link', 'set', 'pod', 'mtu', String(mtu)])
      }
      assert.equal(await ask('pone', two.pod), `${one.pod} 600000`)
      assert.equal(await ask('ptwo', one.pod), `${two.pod} 600000`)
      assert.equal(await ask('two', one.pod), `${mode === 'vxlan' ? '10.244.1.0' : two.address} 600000`, 'a node comes by its own address')
      assert.equal(await ask('pone', '192.0.2.1'), `${one.address} 600000`, 'outside it is the machine that asks')
      assert.match(await ask('pone', '10.244.7.5'), /UNREACH/, 'a pod that is nowhere is not looked for by the default route')
      const routes = (await mustRun(['ip', '-n', 'one', 'route', 'show', two.podCidr])).trim()
      assert.match(routes, mode === 'vxlan' ? /via 10\.244\.1\.0 dev k8ts\.vx/ : /via 192\.0\.2\.3 dev eth0/)
      abort.abort()
    })
})
