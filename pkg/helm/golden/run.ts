/** Runs scripts, and makes what is told of times and places the same everywhere. */
import type { Outcome } from '../testing/rig.ts'
import type { Script } from './scripts.ts'

export type Run = (argv: readonly string[]) => Promise<Outcome>

/** Words, of which quoted ones may hold spaces. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"]|"(?=[A-Z]))*?)"(?=\s|$)|(\S+)/g)].map((match) => match[1] ?? match[2]!)
}

export function normalized(text: string, dir: string): string {
  return text
    .replaceAll(dir, 'DIR')
    .replaceAll(/[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, 'DATE')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} [A-Z]+(?: *)/g, 'TIME')
    .replaceAll(/127\.0\.0\.1:(?!8080)\d{4,5}/g, 'SERVER')
    .replaceAll(/ \d+m?s$/gm, ' AGE')
    .replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"N"')
    .replaceAll(/"uid":"[0-9a-f-]+"/g, '"uid":"UID"')
    .replaceAll(/UPDATED(\x1b\[22m)? +\t/g, 'UPDATED$1\t')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, 'MOMENT')
    .replaceAll(/modifiedAt(["=:]+ ?"?)\d+/g, 'modifiedAt$1N')
    .replaceAll(/createdAt(["=:]+ ?"?)\d+/g, 'createdAt$1N')
}

/** `status` tells resources in any order. */
export async function runScript({ lines }: Script, namespace: string, dir: string, run: Run): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const line of lines) {
    const { code, stdout, stderr } = await run(['-n', namespace, ...wordsOf(line)])
    outcomes.push({ code, stdout: normalized(stdout, dir), stderr: normalized(stderr, dir) })
  }
  return outcomes
}
