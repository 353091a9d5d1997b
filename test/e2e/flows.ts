/** Pods that hold connections open and make new ones all the while, and tell what became of each: for tests of what a change breaks. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { imageNames } from '../images/index.ts'
import { type E2eCluster, eventually } from './cluster.ts'
import { execInPod } from './exec.ts'
import { isReady } from './objects.ts'

export interface FlowState {
  /** Requests answered on the connections that were opened at the start. */
  readonly held: number
  /** Pods at the other end of those. */
  readonly holders: readonly string[]
  /** Why one of them ended. */
  readonly broken: readonly string[]
  /** Requests answered on connections of their own. */
  readonly fresh: number
  /** By the pod that answered. */
  readonly answered: Readonly<Record<string, number>>
  readonly failures: readonly string[]
}

export interface Flow {
  readonly pod: Pod
  state(): Promise<FlowState>
  /** Resolves when this many more requests were answered on every kind of connection that is asked for. */
  goesOn(kinds?: readonly ('held' | 'fresh')[]): Promise<void>
}

/** The servers say their pod's name in JSON and keep connections open, as the images myshop/web and myregistry/api do. */
const program = `
import http.client, json, os, sys, threading, time
address, port, count, patience = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
state = {"held": 0, "holders": [], "broken": [], "fresh": 0, "answered": {}, "failures": []}
lock = threading.Lock()
def ask(connection):
    connection.request("GET", "/")
    return json.loads(connection.getresponse().read())["pod"]
def connect(patience):
    connection = http.client.HTTPConnection(address, port, timeout=patience)
    connection.connect()
    connection.auto_open = 0
    return connection
def tell():
    with lock:
        with open("/tmp/state.new", "w") as file:
            json.dump(state, file)
        os.rename("/tmp/state.new", "/tmp/state")
def note(of, error):
    if len(state[of]) < 500:
        state[of].append(time.strftime("%H:%M:%S ") + repr(error))
def fresh():
    while True:
        try:
            connection = connect(patience)
            pod = ask(connection)
            connection.close()
            state["answered"][pod] = state["answered"].get(pod, 0) + 1
            state["fresh"] += 1
        except Exception as error:
            note("failures", error)
        tell()
        time.sleep(0.02)
held = []
while len(held) < count:
    try:
        connection = connect(30)
        held.append((connection, ask(connection)))
    except Exception as error:
        state["opening"] = repr(error)
        tell()
        time.sleep(0.1)
state["holders"] = [pod for _, pod in held]
threading.Thread(target=fresh, daemon=True).start()
while True:
    for each in list(held):
        try:
            if ask(each[0]) != each[1]:
                raise Exception("another pod answered")
            state["held"] += 1
        except Exception as error:
            note("broken", (each[1], error))
            held.remove(each)
    tell()
    time.sleep(0.05)
`

export interface FlowOptions {
  readonly nodeName?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly address: string
  readonly port: number
  /** How many connections are held open. */
  readonly held: number
  /** How long a new connection waits for its answer. */
  readonly patienceSeconds?: number
}

/** Resolves when the connections stand and new ones are answered. */
export async function startFlow(cluster: E2eCluster, name: string, options: FlowOptions): Promise<Flow> {
  const { nodeName, labels, address, port, held, patienceSeconds = 20 } = options
  const command = ['python3', '-c', program, address, String(port), String(held), String(patienceSeconds)]
  await cluster.client.create(pods, {
    metadata: { name, namespace: 'default', labels: { ...labels } },
    spec: { ...(nodeName ? { nodeName } : {}), terminationGracePeriodSeconds: 0, containers: [{ name: 'flow', image: imageNames.tools, command }] },
  })
  const pod = await eventually(`${name} runs`, async () => {
    const found = await cluster.client.get(pods, { namespace: 'default', name })
    return isReady(found) && found
  })
  const state = () =>
    eventually(`${name} tells its state`, async () => {
      const { stdout, stderr } = await execInPod(cluster, pod, ['cat', '/tmp/state'])
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as FlowState
    })
  const flow: Flow = {
    pod,
    state,
    async goesOn(kinds = ['held', 'fresh']) {
      const before = await state()
      await eventually(`${name} goes on with its ${kinds.join(' and ')} connections`, async () => {
        const now = await state()
        if (kinds.every((kind) => now[kind] > before[kind] + 10)) return true
        throw new Error(JSON.stringify(now))
      })
    },
  }
  await flow.goesOn()
  return flow
}

/** Ends the pods; answers what was broken and what failed, by pod. */
export async function endFlows(cluster: E2eCluster, flows: readonly Flow[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { pod, state } of flows) {
    const { broken, failures } = await state()
    found.push(...[...broken, ...failures].map((each) => `${pod.metadata.name}: ${each}`))
    await cluster.client.delete(pods, { namespace: 'default', name: pod.metadata.name })
  }
  return found
}
