/** Cases that nobody thought of: Ingresses that share hosts, with paths of every type, some of them patterns or rewritten. The same ones each time. */
import { seededRandom } from '#network/test-random.ts'
import type { Case, CaseIngress, Path, Question } from './cases.ts'

const plain = ['/', '/a', '/a/b', '/a/b/c', '/ab', '/b', '/B', '/a.b', '/c'] as const
const patterns = ['/a/(.*)', '/b/[0-9]+', '/(a|b)/c', '/c.*', '/a/b$', '/(.*)'] as const
const asked = [
  '/',
  '/a',
  '/a/',
  '/A',
  '/a/b',
  '/a/b/',
  '/A/B/c',
  '/a/b/c/d',
  '/ab',
  '/b',
  '/b/12',
  '/b/x',
  '/c',
  '/cx',
  '/a.b',
  '/aXb',
  '/b/c',
  '/zzz',
] as const

export const randomPaths: readonly Case[] = Array.from({ length: 60 }, (_, index) => randomCase(index))

function randomCase(seed: number): Case {
  const draw = seededRandom(seed + 1)
  const pick = <T>(of: readonly T[]): T => of[draw(of.length)]!
  const pathOf = (mayBePattern: boolean): Path =>
    mayBePattern && draw(3) > 0
      ? { path: pick(patterns), type: 'ImplementationSpecific', service: pick(['one', 'two', 'three']) }
      : { path: pick(plain), type: pick(['Exact', 'Prefix', 'ImplementationSpecific'] as const), service: pick(['one', 'two', 'three']) }
  const ingressOf = (): CaseIngress => {
    const annotations = pick<Record<string, string>>([{}, {}, {}, { 'use-regex': 'true' }, { 'rewrite-target': '/new' }, { 'rewrite-target': '/r/$1' }])
    const paths = Array.from({ length: 1 + draw(4) }, () => pathOf(Object.keys(annotations).length > 0))
    return { annotations, host: pick(['HOST', 'HOST', '*.HOST', 'x.HOST']), paths, ...(draw(5) === 0 ? { tls: true } : {}) }
  }
  const ingresses = Array.from({ length: 1 + draw(3) }, ingressOf)
  const questions = Array.from({ length: 14 }, (): Question => ({ host: pick(['', '', 'x.', 'y.']), path: pick(asked), secure: draw(4) === 0, isBrief: true }))
  return { name: `paths at random, ${seed}`, ingresses, questions }
}
