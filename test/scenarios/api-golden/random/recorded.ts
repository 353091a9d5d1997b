/** The recorded answers to random writes: a line a step, by the sequence's seed. */
import type { Told } from './sequence.ts'

export const recordedFile = new URL('../recorded/random.json', import.meta.url)
/** So many sequences are replayed by the test. */
export const sequenceCount = 320

const shownLength = 40

/** `HASH SAID`: what was asked is part of the hash, as later writes follow from it. */
export function line({ hash, answer, said }: Told): string {
  return `${hash} ${said.split(' ')[0]} ${answer.slice(0, shownLength).split('\n')[0]}`
}
