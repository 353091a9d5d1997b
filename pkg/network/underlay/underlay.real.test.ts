import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { mustRun, runCommand } from '../run-command.ts'
import { inSandbox, insideSandbox } from '../sandbox.ts'
import { testCluster } from '../test-cluster.ts'
import { listen } from '../test-silence.ts'
import { ensureNetwork, inNamespace, removeAll } from './index.ts'

/** All that the host's network shows: what must be the same before and after. */
async function hostState(): Promise<string> {
  const parts = await Promise.all([
    mustRun(['ip', '-br', 'link']),
    mustRun(['ip', '-4', 'route', 'show']),
    mustRun(['ip', '-6', 'route', 'show']),
    mustRun(['ip', 'netns']),
    mustRun(['nft', 'list', 'ruleset']),
    mustRun(['sh', '-c', 'grep . /proc/sys/net/ipv[46]/conf/*/forwarding /proc/sys/net/ipv4/ip_forward; ls /run']),
  ])
  return parts
    .join('\n')
    .replaceAll(/@if\d+/g, '')
    .replaceAll(/ linkdown/g, '')
}

/** A link may take its time to carry packets; what the host shows is the same again only from then on. */
async function untilUp(link: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const [state, routes] = await Promise.all([mustRun(['ip', '-br', 'link', 'show', link]), mustRun(['ip', '-6', 'route', 'show', 'dev', link])])
    if (/\sUP\s/.test(state) && routes.includes('fe80::/64') && !routes.includes('linkdown')) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${link} does not come up`)
}

async function up(nodes = 2, families: 'ipv4' | 'dual' = 'ipv4') {
  const config = testCluster(nodes, 'k8ts-test', families)
  await ensureNetwork(config)
  return config
}

/** Whether an address answers at all: there a port nobody listens on refuses; elsewhere nothing comes back, or "no route". */
async function answers(from: string | undefined, to: string): Promise<boolean> {
  const dial = (address: string) => [...(from ? inNamespace(from) : []), 'bash', '-c', `exec 3<>/dev/tcp/${address}/9`]
  const { stderr } = await listen(dial(to), () => runCommand(dial('127.0.0.1')))
  return stderr.includes('Connection refused')
}

// None of these tests leaves a namespace of its cluster behind.
after(async () => {
  if (insideSandbox) assert.doesNotMatch(await mustRun(['ip', 'netns']), /k8ts-test/)
})

inSandbox(import.meta.url, 'the underlay carries packets between host and nodes and leaves no trace', () => {
  test('what up makes, removeAll takes away to the last switch', async () => {
    await mustRun(
      ['sh', '-eu'],
      'echo 0 > /proc/sys/net/ipv4/ip_forward; mkdir -p /run/netns; ip netns add outside; ip link add eth9 type veth peer name eth0 netns outside; ip addr add 192.0.2.1/24 dev eth9; ip link set eth9 up; ip -n outside addr add 192.0.2.2/24 dev eth0; ip -n outside link set eth0 up; ip route add default via 192.0.2.2',
    )
    await untilUp('eth9')
    const before = await hostState()
    const config = await up()
    assert.notEqual(await hostState(), before)
    await removeAll(config)
    assert.equal(await hostState(), before)
  })

  test('nodes reach each other, the host and the outside under the host address', async () => {
    const config = await up(3)
    const [one, two] = config.nodes
    assert.ok(await answers(undefined, one!.address), 'host to node')
    assert.ok(await answers(one!.netns, two!.address), 'node to node')
    assert.ok(await answers(one!.netns, '172.30.0.1'), 'node to host')
    // The outside has no route back to the nodes, so an answer proves the masquerade.
    assert.ok(await answers(one!.netns, '192.0.2.2'), 'node to outside')
    await removeAll(config)
  })

  test('traffic for addresses nobody has stays on the machine', async () => {
    const config = await up(2)
    const watch = spawn('nsenter', ['--net=/run/netns/outside', 'nft', '-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
    watch.stdin.end(
      'table ip seen { chain input { type filter hook prerouting priority -300; ip daddr { 10.96.0.0/16, 10.244.0.0/16, 172.30.0.0/24 } counter drop; }; }\n',
    )
    await new Promise((resolve) => watch.on('close', resolve))
    assert.ok(await answers(config.nodes[1]!.netns, config.nodes[0]!.address), 'the means of asking works')
    const places = [undefined, config.nodes[0]!.netns]
    await Promise.all(places.flatMap((from) => ['10.96.7.7', '10.244.200.9', '10.244.0.99', '172.30.0.200'].map(async (to) => answers(from, to))))
    const seen = await mustRun(inNamespace('outside', ['nft', 'list', 'table', 'ip', 'seen']))
    assert.match(seen, /counter packets 0 /)
    await removeAll(config)
  })

  test('a second up repairs what is half there', async () => {
    const config = await up(2)
    const [one, two] = config.nodes
    await mustRun(['ip', '-n', `${config.name}-underlay`, 'link', 'del', 'node0'])
    await mustRun(['ip', 'netns', 'del', two!.netns])
    await up(2)
    assert.ok(await answers(one!.netns, two!.address))
    await mustRun(['ip', 'netns', 'del', `${config.name}-underlay`])
    await up(2)
    assert.ok(await answers(one!.netns, two!.address))
    assert.ok(await answers(undefined, two!.address))
    await removeAll(config)
  })

  test('a cluster is removed by its name alone when its plan is lost', async () => {
    const before = await hostState()
    const config = await up(3)
    await removeAll({ name: config.name })
    assert.equal(await hostState(), before)
  })

  test('a range that another link of the machine has is refused', async () => {
    await mustRun(['ip', 'route', 'add', '10.244.3.0/24', 'dev', 'eth9'])
    await assert.rejects(up(1), /10\.244\.0\.0\/16 of cluster k8ts-test is in use on this machine: 10\.244\.3\.0\/24 goes through eth9/)
    await mustRun(['ip', 'route', 'del', '10.244.3.0/24', 'dev', 'eth9'])
    assert.equal(existsSync('/run/k8ts'), false)
    assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(), '0')
  })

  test('a dual-stack cluster has both families on every way, and removeAll takes both away', async () => {
    await mustRun(
      ['sh', '-eu'],
      'ip addr add 2001:db8::1/64 dev eth9 nodad; ip -n outside addr add 2001:db8::2/64 dev eth0 nodad; ip route add ::/0 via 2001:db8::2',
    )
    const before = await hostState()
    const config = await up(2, 'dual')
    const [one, two] = config.nodes
    const six = (node: typeof one) => node!.secondary!.address
    assert.ok(await answers(undefined, six(one)), 'host to node')
    assert.ok(await answers(one!.netns, six(two)), 'node to node')
    assert.ok(await answers(one!.netns, 'fd00:172:30::1'), 'node to host')
    assert.ok(await answers(one!.netns, two!.address), 'IPv4 as ever')
    assert.ok(await answers(undefined, '2001:db8::2'), 'the means of asking works')
    await removeAll(config)
    assert.equal(await hostState(), before)
    await up(2, 'dual')
    await removeAll({ name: config.name })
    assert.equal(await hostState(), before)
  })

  test('no IPv6 packet of the cluster leaves the machine, nor enters it, even where the host forwards', async () => {
    await mustRun(['sh', '-eu'], 'for each in all default; do echo 1 > /proc/sys/net/ipv6/conf/$each/forwarding; done')
    const config = await up(2, 'dual')
    const [one] = config.nodes
    const rules =
      'chain input { type filter hook prerouting priority -300; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert, mld2-listener-report } accept; ip6 saddr fe80::/10 accept; counter drop; }'
    await mustRun(inNamespace('outside', ['nft', '-f', '-']), `table ip6 seen { ${rules}; }\n`)
    await mustRun(['ip', '-n', 'outside', 'route', 'add', 'fd00::/8', 'via', '2001:db8::1'])
    const nowhere = ['fd00:10:96::77', 'fd00:10:244:5::9', 'fd00:10:244::99', 'fd00:172:30::200', '2001:db8::2', '2001:db8:1::1']
    await Promise.all([...nowhere.map((to) => answers(one!.netns, to)), ...nowhere.filter((to) => !to.startsWith('2001')).map((to) => answers(undefined, to))])
    assert.match(await mustRun(inNamespace('outside', ['nft', 'list', 'table', 'ip6', 'seen'])), /counter packets 0 /)
    await mustRun(inNamespace('outside', ['nft', 'delete', 'table', 'ip6', 'seen']))
    assert.equal(await answers('outside', one!.secondary!.address), false)
    // What is meant for nobody here is refused and not waited for.
    const { stderr } = await runCommand([...inNamespace(one!.netns), 'bash', '-c', 'exec 3<>/dev/tcp/2001:db8:1::1/9'])
    assert.match(stderr, /unreachable|No route/)
    await removeAll(config)
  })
})
