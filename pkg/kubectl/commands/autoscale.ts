/** kubectl autoscale. */
import { apiVersionOf } from '#apimachinery/object.ts'
import { canonicalQuantity } from '#apimachinery/quantity.ts'
import { CommandError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, saveConfigFlag } from '../resources/types.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { forEachItem } from '../resources/visit.ts'
import { builtIn, createObject, dryRunOf, outcomePrinter, withGenerated } from '../resources/write.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Create an autoscaler that automatically chooses and sets the number of pods that run in a Kubernetes cluster.',
  usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to autoscale.'),
    dryRunFlag,
    fieldManagerFlag('kubectl-autoscale'),
    saveConfigFlag,
    recordFlag,
    { name: 'cpu', type: 'string', usage: "Target CPU, a percentage ('70%') of the request, or an amount ('500m')" },
    {
      name: 'cpu-percent',
      type: 'int',
      bits: 32,
      default: '-1',
      hidden: true,
      deprecated: "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
      usage: 'Target average CPU utilization in percent',
    },
    { name: 'max', required: true, type: 'int', bits: 32, default: '-1', usage: 'The upper limit for the number of pods' },
    { name: 'memory', type: 'string', usage: 'Target memory, a percentage or an amount' },
    { name: 'min', type: 'int', bits: 32, default: '-1', usage: 'The lower limit for the number of pods' },
    { name: 'name', type: 'string', usage: 'The name for the newly created object' },
  ],
  async run(invocation) {
    const { flags } = invocation
    const [min, max] = [flags.int('min'), flags.int('max')]
    if (max < 1) throw new CommandError(`error: --max=MAXPODS is required and must be at least 1, max: ${max}`)
    if (max < min) throw new CommandError(`error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`)
    if (flags.int('cpu-percent') > 0 && flags.string('cpu') !== '') throw new CommandError('error: --cpu-percent and --cpu are mutually exclusive')
    const dryRun = dryRunOf(invocation)
    const print = await outcomePrinter(invocation, { typed: true })
    const metrics = (['cpu', 'memory'] as const).flatMap((name) => {
      const text = flags.string(name).trim() || (name === 'cpu' && flags.int('cpu-percent') >= 0 ? `${flags.int('cpu-percent')}%` : '')
      return text === '' ? [] : [{ type: 'Resource', resource: { name, target: targetOf(name, text) } }]
    })
    await forEachItem(invocation, { asGiven: true }, async ({ resource, name, namespace }) => {
      if (!resource.subresources.includes('scale'))
        throw new CommandError(
          `error: cannot autoscale a ${resource.kind}: could not find scale subresource for ${resource.group}/${resource.version}, Resource=${resource.plural} in discovery information`,
        )
      const draft = {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: flags.string('name') || name, ...(flags.changed('namespace') && namespace ? { namespace } : {}) },
        spec: {
          maxReplicas: max,
          ...(metrics.length > 0 ? { metrics } : {}),
          ...(min > 0 ? { minReplicas: min } : {}),
          scaleTargetRef: { apiVersion: apiVersionOf(resource), kind: resource.kind, name },
        },
        status: { currentMetrics: null, desiredReplicas: 0 },
      }
      recordCause(invocation, draft)
      const object = dryRun !== 'client' && flags.bool('save-config') ? await withGenerated(draft) : draft
      print(
        dryRun === 'client'
          ? object
          : await createObject(invocation, { resource: await builtIn(invocation, 'autoscaling/v2', 'HorizontalPodAutoscaler'), namespace, object }, { dryRun }),
        dryRun === 'client' ? 'created' : 'autoscaled',
      )
    })
  },
}

/** "70%" of the request, "500m", or a bare number of milli-CPUs or mebibytes. */
function targetOf(name: 'cpu' | 'memory', text: string): object {
  if (text.endsWith('%')) {
    const percent = text.slice(0, -1)
    if (!/^\+?\d+$/.test(percent) || Number(percent) > 2 ** 31 - 1) throw new CommandError(`error: invalid percentage value: ${percent}`)
    return { type: 'Utilization', averageUtilization: Number(percent) }
  }
  const averageValue = /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text) ? `${Number(text)}${name === 'cpu' ? 'm' : 'Mi'}` : text
  try {
    return { type: 'AverageValue', averageValue: canonicalQuantity(averageValue) }
  } catch {
    throw new CommandError(`error: invalid resource ${name} value: ${text}`)
  }
}
