/** `helm lint` */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseKubeVersion } from '../engine/capabilities.ts'
import { type LintMessage, lintChart } from '../lint/lint.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { readUserValues } from '../values/options.ts'
import { valueFlags, valueOptions } from './chart-flags.ts'

function withSubcharts(paths: readonly string[], cwd: string): string[] {
  const inside = (path: string): string[] => {
    const charts = join(path, 'charts')
    if (!existsSync(resolve(cwd, charts))) return []
    return readdirSync(resolve(cwd, charts)).flatMap((name) => {
      const inner = join(charts, name)
      if (/\.(?:tgz|tar\.gz)$/.test(name)) return [inner]
      return existsSync(resolve(cwd, inner, 'Chart.yaml')) ? [inner, ...inside(inner)] : []
    })
  }
  return [...paths, ...paths.flatMap(inside)]
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, session, settings, log, out } = invocation
  const values = await readUserValues(valueOptions(invocation))
  const paths = flags.bool('with-subcharts') ? withSubcharts(args, session.cwd) : args
  const kubeVersion = flags.string('kube-version')
  const quiet = flags.bool('quiet')
  let failures = 0
  let remarks = 0
  for (const path of paths) {
    let messages: LintMessage[] = []
    let problem: string | undefined
    try {
      messages = await lintChart(resolve(session.cwd, path), path, {
        values,
        namespace: settings.namespace || 'default',
        skipSchemaValidation: flags.bool('skip-schema-validation'),
        ...(kubeVersion ? { kubeVersion: parseKubeVersion(kubeVersion) } : {}),
        info: (message, fields) => log(/^(missing|unresolved)/.test(message) ? 'WARN' : 'INFO', message, fields),
      })
    } catch (error) {
      problem = (error as Error).message
    }
    const isFailure = problem !== undefined || messages.some(({ severity }) => severity === 'ERROR' || (flags.bool('strict') && severity === 'WARNING'))
    const hasRemarks = isFailure || messages.some(({ severity }) => severity !== 'INFO')
    if (isFailure) failures++
    if (hasRemarks) remarks++
    if (quiet && !hasRemarks) continue
    out(`==> Linting ${path}\n`)
    if (problem !== undefined) out(`Error ${problem}\n`)
    for (const { severity, path: at, message } of messages) if (!quiet || severity !== 'INFO') out(`[${severity}] ${at}: ${message}\n`)
    out('\n')
  }
  const summary = `${paths.length} chart(s) linted, ${failures} chart(s) failed`
  if (failures > 0) throw new CommandError(summary)
  if (!quiet || remarks > 0) out(`${summary}\n`)
}

const bool = (name: string, usage: string) => ({ name, type: 'bool' as const, default: 'false', usage })

export const lint: Command = {
  usage: 'PATH [flags]',
  arguments: { min: 1 },
  about: 'Says what is wrong, or could be better, in a chart.',
  flags: [
    ...valueFlags,
    bool('strict', 'warnings fail too'),
    bool('with-subcharts', 'dependencies too'),
    bool('quiet', 'no remarks that are for information alone'),
    bool('skip-schema-validation', 'do not check values against the schemas of the chart'),
    { name: 'kube-version', type: 'string', usage: 'version of Kubernetes to render for' },
  ],
  run,
}
