/** Random histories of manifests: two pods of one name never run at once, and in the end what runs is what the manifests say. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { SeededRandom } from '#base/seeded-random.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { withDefaults } from '../configuration/defaults.ts'
import { StaticPods } from './static-pods.ts'

const checkMs = 20_000
const seeds = process.env.K8TS_SEED ? [Number(process.env.K8TS_SEED)] : Array.from({ length: Number(process.env.K8TS_HISTORIES ?? 6) }, (_, index) => index + 1)

for (const seed of seeds) {
  test(`manifests that come, change and go keep one pod a name through history ${seed}`, async () => {
    const random = new SeededRandom(seed)
    const clock = new FakeClock()
    const path = mkdtempSync(join(tmpdir(), 'k8ts-static-'))
    const stop = new AbortController()
    /** Pods with a worker, also those that are being ended. */
    const present = new Map<string, Pod>()
    const ending = new Set<string>()
    const history: string[] = []
    const where = () => `seed ${seed}: ${history.join(', ')}`
    const gone = (uid: string) => {
      present.delete(uid)
      ending.delete(uid)
      statics.gone(uid)
    }
    const statics: StaticPods = new StaticPods({
      client: createFakeClient({ clock }),
      clock,
      log: silentLogger,
      signal: stop.signal,
      nodeName: 'n1',
      nodeUid: () => undefined,
      configuration: withDefaults({ staticPodPath: path, fileCheckFrequency: `${checkMs / 1000}s` }),
      accept: (pod) => {
        const names = [...present.values()].map(({ metadata }) => metadata.name)
        assert.ok(!names.includes(pod.metadata.name), `a second ${pod.metadata.name} begins; ${where()}`)
        present.set(pod.metadata.uid, pod)
      },
      end: (uid) => {
        if (!present.has(uid) || ending.has(uid)) return
        ending.add(uid)
        // A slow stop, or one that takes no time at all.
        clock.after(random.pick([0, 5_000, 70_000]), () => gone(uid))
      },
      present: (uid) => present.has(uid),
      onMirror: () => {},
    })
    const wanted = new Map<string, string>()
    const write = (name: string, text: string | undefined) => {
      const file = join(path, `${name}.yaml`)
      if (text === undefined) rmSync(file, { force: true })
      else writeFileSync(file, text)
    }
    const happenings: Readonly<Record<string, (name: string) => void>> = {
      'a manifest': (name) => {
        const image = `app:${random.below(3)}`
        wanted.set(name, image)
        write(name, `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: main, image: "${image}"}]}\n`)
      },
      'its removal': (name) => {
        wanted.delete(name)
        write(name, undefined)
      },
      'a crash of its end': (name) => {
        const pod = [...present.values()].find(({ metadata }) => metadata.name === `${name}-n1`)
        if (pod && ending.has(pod.metadata.uid)) gone(pod.metadata.uid)
      },
      time: () => {},
    }
    const look = async (timeMs: number) => {
      await clock.advance(timeMs)
      for (let turn = 0; turn < 3; turn++) await settle()
    }
    mkdirSync(path, { recursive: true })
    const done = statics.run()
    try {
      for (let step = 0; step < 30; step++) {
        const [what, name] = [random.pick(Object.keys(happenings)), random.pick(['web', 'db'])]
        history.push(`${what} of ${name}`)
        happenings[what]!(name)
        await look(random.pick([1, 1_000, checkMs]))
      }
      for (let turn = 0; turn < 10; turn++) await look(checkMs)
      const running = [...present.values()].map(({ metadata, spec }) => [metadata.name.replace(/-n1$/, ''), spec.containers[0]!.image])
      assert.deepEqual(running.sort(), [...wanted].sort(), where())
    } finally {
      stop.abort()
      await look(checkMs)
      await done
      rmSync(path, { recursive: true })
    }
  })
}
