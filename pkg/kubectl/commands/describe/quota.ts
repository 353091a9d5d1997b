/** Describing quotas and limit ranges, alone or within their namespace. */
import { Quantity } from '#apimachinery/quantity.ts'
import type { Description } from './text.ts'
import type { Describer } from './types.ts'

const scopeMeanings: Readonly<Record<string, string>> = {
  Terminating: 'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort: 'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
}

export function describeScopes(out: Description, scopes: readonly string[] = [], level: number, bullet: string): void {
  if (scopes.length === 0) return
  const sorted = scopes.toSorted()
  out.line(level, 'Scopes:', sorted.join(', '))
  for (const scope of sorted) if (scopeMeanings[scope]) out.line(level, `${bullet}${scopeMeanings[scope]}`)
}

/** With `asHard`, what is used is told in the units of the limit. */
export function describeHard(
  out: Description,
  { hard = {}, used = {} }: any = {},
  level: number,
  { asHard = false }: { readonly asHard?: boolean } = {},
): void {
  for (const resource of Object.keys(hard).sort())
    out.line(level, resource, asHard ? inFormatOf(hard[resource], used[resource]) : (used[resource] ?? '0'), hard[resource])
}

function inFormatOf(hard: string, used = '0'): string {
  const [{ format }, amount] = [Quantity.parse(hard), Quantity.parse(used)]
  return format === amount.format ? used : Quantity.of(amount.value(), format).toString()
}

export function describeLimits(out: Description, prefix: string, limits: readonly any[]): void {
  out.line(0, `${prefix}Type`, 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio')
  out.line(0, `${prefix}----`, '--------', '---', '---', '---------------', '-------------', '-----------------------')
  for (const { type, ...values } of limits) {
    const names = new Set(Object.values<any>(values).flatMap((each) => Object.keys(each ?? {})))
    for (const each of [...names].sort()) {
      const of = (member: string): string => values[member]?.[each] ?? '-'
      out.line(0, `${prefix}${type}`, each, of('min'), of('max'), of('defaultRequest'), of('default'), of('maxLimitRequestRatio'))
    }
  }
}

export const describeQuota: Describer = (out, { object }) => {
  out.line(0, 'Name:', object.metadata.name).line(0, 'Namespace:', object.metadata.namespace)
  describeScopes(out, object.spec.scopes, 0, ' * ')
  out.line(0, 'Resource', 'Used', 'Hard').line(0, '--------', '----', '----')
  describeHard(out, object.status, 0, { asHard: true })
}

export const describeLimitRange: Describer = (out, { object }) => {
  out.line(0, 'Name:', object.metadata.name).line(0, 'Namespace:', object.metadata.namespace)
  describeLimits(out, '', object.spec.limits ?? [])
}
