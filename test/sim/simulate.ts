/**
 * A whole control plane in this process on a virtual clock: the API server over a memory store, controllers, scheduler, hollow
 * kubelets. A seed decides who is killed after which write, which answers are lost, which watches are late or cut, and all names.
 */
import type { ResourceRef } from '#apimachinery/object.ts'
import {
  configMaps,
  controllerRevisions,
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicaSets,
  statefulSets,
} from '#api/gen/resources.ts'
import { startTestApiServer } from '#apiserver/testing.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { SeededRandom } from '#base/seeded-random.ts'
import { intercept } from '#client/interceptor.ts'
import type { Client } from '#client/types.ts'
import { cronJobController } from '#controllers/cron-job/index.ts'
import { daemonSetController } from '#controllers/daemon-set/index.ts'
import { deploymentController } from '#controllers/deployment/index.ts'
import { garbageCollectorController } from '#controllers/garbage-collector/index.ts'
import { jobController } from '#controllers/job/index.ts'
import { namespaceController } from '#controllers/namespace/index.ts'
import { persistentVolumeController } from '#controllers/persistent-volume/index.ts'
import { pvProtectionController } from '#controllers/pv-protection/index.ts'
import { pvcProtectionController } from '#controllers/pvc-protection/index.ts'
import { replicaSetController } from '#controllers/replica-set/index.ts'
import { statefulSetController } from '#controllers/stateful-set/index.ts'
import { type HollowKubeletOptions, hollowKubelet } from '#controllers/testing/hollow-kubelet.ts'
import { createManager } from '#runtime/manager.ts'
import type { Controller } from '#runtime/types.ts'
import { startScheduler } from '#scheduler/scheduler.ts'
import { checkTheEnd } from './at-the-end.ts'
import { decideAll } from './chance.ts'
import { type History, type Invariant, recordHistory, type View } from './history.ts'
import { allInvariants } from './invariants.ts'
import { type TroubledClient, troubled } from './trouble.ts'

export interface ComponentContext {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** The process is dead. */
  readonly signal: AbortSignal
}

/** A process: it may be killed between any two of its writes, and is started again. */
export interface Component {
  readonly name: string
  start(context: ComponentContext): void
}

export interface Scenario {
  readonly name: string
  /** What users do; called at every second of the first half minutes. Trouble does not reach them. */
  drive(client: Client, second: number): Promise<void>
  /** Throws unless all has come to what was asked for, when trouble is over. */
  outcome(view: View): void
  readonly seconds?: number
  readonly nodeCount?: number
  readonly kubelet?: HollowKubeletOptions
  /** Beside the scheduler and the workload controllers. */
  readonly components?: readonly Component[]
  /** Beside Kubernetes' own promises. */
  readonly invariants?: () => readonly Invariant[]
  /** Beside the workloads: kinds whose changes the history has. */
  readonly watched?: readonly ResourceRef<any>[]
  /** Default true: a run without is what others are held against. */
  readonly trouble?: boolean
}

export interface Run {
  readonly seed: number
  readonly digest: string
  readonly steps: number
  readonly kills: number
}

const restartMs = 300
/** A component is killed after so many writes at most. */
const maxLifeWrites = 12
const troubleShare = 0.6

export function controllersComponent(name: string, make: () => readonly Controller[]): Component {
  return { name, start: ({ client, clock, log, signal }) => void createManager({ client, clock, log, controllers: make() }).run(signal) }
}

export const schedulerComponent: Component = {
  name: 'kube-scheduler',
  start: (context) => void startScheduler(context).done.catch(() => {}),
}

const workloads = controllersComponent('kube-controller-manager', () => [
  deploymentController(),
  replicaSetController(),
  statefulSetController(),
  jobController(),
])

/** What is not a workload: nodes' pods, times, volumes, and all that ends. Kinds that they watch: `clusterKinds`. */
export const clusterControllers = controllersComponent('cluster-controllers', () => [
  daemonSetController(),
  cronJobController(),
  persistentVolumeController(),
  pvProtectionController(),
  pvcProtectionController(),
  namespaceController(),
  garbageCollectorController(),
])

export const clusterKinds: readonly ResourceRef<any>[] = [
  daemonSets,
  controllerRevisions,
  cronJobs,
  persistentVolumes,
  persistentVolumeClaims,
  namespaces,
  configMaps,
]

/** Throws what an invariant or the outcome threw, with the seed in its message. */
export async function simulate(scenario: Scenario, seed: number): Promise<Run> {
  const random = new SeededRandom(seed)
  const clock = new FakeClock()
  const restore = decideAll(random, clock)
  try {
    return await new Simulation(scenario, random, clock).run()
  } finally {
    restore()
  }
}

class Simulation {
  readonly #scenario: Scenario
  readonly #random: SeededRandom
  readonly #clock: FakeClock
  readonly #stop = new AbortController()
  readonly #lives = new Map<string, TroubledClient>()
  /** Calls on their way: time stands still until they are answered. */
  #calls = 0
  #kills = 0
  #broken: unknown
  #isTroubled: boolean

  constructor(scenario: Scenario, random: SeededRandom, clock: FakeClock) {
    this.#scenario = scenario
    this.#random = random
    this.#clock = clock
    this.#isTroubled = scenario.trouble ?? true
  }

  async run(): Promise<Run> {
    const { name, seconds = 180, nodeCount = 3, drive, outcome, components = [], kubelet, watched = [], invariants = () => [] } = this.#scenario
    const { seed } = this.#random
    const starting = startTestApiServer({ clock: this.#clock })
    await this.#quiet()
    await using api = await starting
    const client = this.#counted(api.client)
    const checks = [...allInvariants(), ...invariants()]
    let history: History | undefined
    try {
      const recording = recordHistory(client, [pods, nodes, replicaSets, deployments, statefulSets, jobs, ...watched], {
        clock: this.#clock,
        signal: this.#stop.signal,
        onStep: (step, view) => {
          try {
            if (!this.#broken) for (const check of checks) check(step, view)
          } catch (error) {
            this.#broken = error
          }
        },
      })
      await this.#quiet()
      history = await recording
      for (let index = 1; index <= nodeCount; index++) await this.#settled(addNode(client, `node-${index}`, this.#clock.now()))
      const world: Component = controllersComponent('kubelets', () => [hollowKubelet({ bind: false, readyAfterMs: () => 1000, goneAfterMs: 1000, ...kubelet })])
      world.start({ client, clock: this.#clock, log: silentLogger, signal: this.#stop.signal })
      for (const component of [schedulerComponent, workloads, ...components]) this.#startComponent(component, client)
      for (let second = 0; second < seconds && !this.#broken; second++) {
        this.#isTroubled = (this.#scenario.trouble ?? true) && second < seconds * troubleShare
        if (this.#isTroubled && this.#random.chance(0.05)) for (const life of this.#lives.values()) if (this.#random.chance(0.5)) life.cut()
        await this.#settled(drive(client, second))
        await this.#second()
      }
      if (this.#broken) throw this.#broken
      checkTheEnd(history.view, this.#clock.now())
      outcome(history.view)
      return { seed, digest: history.digest(), steps: history.length, kills: this.#kills }
    } catch (error) {
      const told = `${name}, seed ${seed}: ${(error as Error).message}\n  ${(history?.tail(20) ?? []).join('\n  ')}`
      throw new Error(told, { cause: error })
    } finally {
      this.#stop.abort()
      await this.#quiet()
    }
  }

  #startComponent(component: Component, client: Client): void {
    if (this.#stop.signal.aborted) return
    const life = new AbortController()
    const trouble = troubled(client, {
      clock: this.#clock,
      random: this.#random,
      isTroubled: () => this.#isTroubled,
      writesLeft: 1 + this.#random.below(maxLifeWrites),
      die: () => {
        this.#kills++
        life.abort()
        this.#clock.after(restartMs, () => this.#startComponent(component, client))
      },
    })
    this.#lives.set(component.name, trouble)
    component.start({ client: trouble.client, clock: this.#clock, log: silentLogger, signal: AbortSignal.any([life.signal, this.#stop.signal]) })
  }

  #counted(client: Client): Client {
    const open = new Set<string>(['watch'])
    const counting = intercept(client, {})
    const count =
      (call: (...args: any[]) => Promise<any>) =>
      async (...args: any[]): Promise<any> => {
        this.#calls++
        try {
          return await call(...args)
        } finally {
          this.#calls--
        }
      }
    return Object.fromEntries(
      Object.entries(counting).map(([name, call]) => [name, open.has(name) || name === 'close' ? call : count(call as never)]),
    ) as unknown as Client
  }

  /** Until no call is on its way, and a little longer: watches bring what was written. */
  async #quiet(): Promise<void> {
    for (let still = 0; still < 12; still = this.#calls === 0 ? still + 1 : 0) await new Promise((resolve) => setImmediate(resolve))
  }

  async #settled<T>(work: Promise<T>): Promise<T> {
    let done = false
    const finished = work.finally(() => {
      done = true
    })
    finished.catch(() => {})
    while (!done) await new Promise((resolve) => setImmediate(resolve))
    await this.#quiet()
    return finished
  }

  /** Timer by timer, each with all that follows from it. */
  async #second(): Promise<void> {
    const end = this.#clock.now() + 1000
    for (let next = this.#clock.nextDelayMs; next !== undefined && this.#clock.now() + next <= end; next = this.#clock.nextDelayMs) {
      await this.#clock.advance(next)
      await this.#quiet()
    }
    await this.#clock.advance(end - this.#clock.now())
    await this.#quiet()
  }
}

async function addNode(client: Client, name: string, now: number): Promise<void> {
  const at = rfc3339(now)
  const size = { cpu: '4', memory: '8Gi', pods: '110' }
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastHeartbeatTime: at, lastTransitionTime: at }
  await client.create(nodes, {
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { capacity: size, allocatable: size, conditions: [ready] },
  } as never)
}
