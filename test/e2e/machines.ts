/** Machines for tests: network and mount namespaces of their own, each on a link of its own to a router between them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { type ExecResult, run } from '#cluster/host/exec.ts'

export interface Machine {
  readonly address: string
  readonly run: (command: readonly string[], options?: { readonly mayFail?: boolean }) => Promise<ExecResult>
  /** A program that stays; its output goes to a file. */
  readonly start: (command: readonly string[], log: string) => ChildProcess
}

export interface Machines {
  readonly all: readonly Machine[]
  remove(): void
}

const launcher = join(import.meta.dirname, '..', '..', 'k8ts')

/** Addresses are of the ranges for documentation; nothing is joined to this machine's own network. */
export async function startMachines(addresses: readonly string[], env: NodeJS.ProcessEnv): Promise<Machines> {
  const holders: ChildProcess[] = []
  const hold = async (): Promise<number> => {
    const child = spawn('unshare', ['--net', '--mount', '--propagation', 'private', 'sh', '-c', 'echo ready; exec sleep 100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    holders.push(child)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return child.pid as number
  }
  const enter = (pid: number) => ['nsenter', '-t', String(pid), '--net', '--mount', '--wd=/', '--']
  const machine = (pid: number, address: string): Machine => ({
    address,
    async run(command, { mayFail = false } = {}) {
      const result = await run([...enter(pid), ...command], { env, timeoutMs: 120_000 })
      if (result.code !== 0 && !mayFail) throw new Error(`${command.join(' ')}: exit code ${result.code}\n${result.stdout}\n${result.stderr}`)
      return result
    },
    start(command, log) {
      const [program, ...args] = [...enter(pid), ...command]
      const child = spawn(program!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      const file = createWriteStream(log)
      child.stdout.pipe(file)
      child.stderr.pipe(file)
      return child
    },
  })
  const router = await hold()
  const all: Machine[] = []
  await run([...enter(router), 'sh', '-c', 'ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_forward'])
  for (const [index, address] of addresses.entries()) {
    const pid = await hold()
    const gateway = address.replace(/\d+$/, '1')
    const made = machine(pid, address)
    await machine(router, gateway).run([
      'sh',
      '-euc',
      `ip link add m${index} type veth peer name eth0 netns ${pid}; ip addr add ${gateway}/24 dev m${index}; ip link set m${index} up`,
    ])
    await made.run(['sh', '-euc', `ip link set lo up; ip addr add ${address}/24 dev eth0; ip link set eth0 up; ip route add default via ${gateway}`])
    all.push(made)
  }
  return {
    all,
    remove() {
      for (const child of holders) child.kill('SIGKILL')
    },
  }
}

export const k8ts = (...args: readonly string[]): string[] => [launcher, ...args]
