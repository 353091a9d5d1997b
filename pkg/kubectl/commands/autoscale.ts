/** kubectl autoscale. */
import { apiVersionOf } from '#apimachinery/object.ts'
import { CommandError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags } from '../resources/types.ts'
import { visit } from '../resources/visit.ts'
import { builtIn, createObject, dryRunOf, outcomePrinter } from '../resources/write.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Create an autoscaler that automatically chooses and sets the number of pods that run in a Kubernetes cluster.',
  usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU]',
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to autoscale.'),
    dryRunFlag,
    fieldManagerFlag('kubectl-autoscale'),
    { name: 'cpu', type: 'string', usage: "Target CPU, a percentage ('70%') of the request, or an amount ('500m')" },
    { name: 'cpu-percent', type: 'int', default: '-1', usage: 'Target average CPU utilization in percent' },
    { name: 'max', required: true, type: 'int', default: '-1', usage: 'The upper limit for the number of pods' },
    { name: 'memory', type: 'string', usage: 'Target memory, a percentage or an amount' },
    { name: 'min', type: 'int', default: '-1', usage: 'The lower limit for the number of pods' },
    { name: 'name', type: 'string', usage: 'The name for the newly created object' },
  ],
  async run(invocation) {
    const { flags } = invocation
    const [min, max] = [flags.int('min'), flags.int('max')]
    if (max < 1) throw new CommandError(`error: --max=MAXPODS is required and must be at least 1, max: ${max}`)
    if (max < min) throw new CommandError(`error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`)
    const dryRun = dryRunOf(invocation)
    const print = await outcomePrinter(invocation, { typed: true })
    const targets = { cpu: flags.string('cpu') || (flags.int('cpu-percent') >= 0 ? `${flags.int('cpu-percent')}%` : ''), memory: flags.string('memory') }
    const metrics = Object.entries(targets)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => ({
        type: 'Resource',
        resource: {
          name,
          target: text.endsWith('%') ? { type: 'Utilization', averageUtilization: Number.parseInt(text, 10) } : { type: 'AverageValue', averageValue: text },
        },
      }))
    for (const { resource, name, namespace } of await visit(invocation)) {
      if (!resource.subresources.includes('scale'))
        throw new CommandError(
          `error: cannot autoscale a ${resource.kind}: could not find scale subresource for ${resource.group}/${resource.version}, Resource=${resource.plural} in discovery information`,
        )
      const object = {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: flags.string('name') || name },
        spec: {
          maxReplicas: max,
          ...(metrics.length > 0 ? { metrics } : {}),
          ...(min > 0 ? { minReplicas: min } : {}),
          scaleTargetRef: { apiVersion: apiVersionOf(resource), kind: resource.kind, name },
        },
        status: { currentMetrics: null, desiredReplicas: 0 },
      }
      print(
        dryRun === 'client'
          ? object
          : await createObject(invocation, { resource: await builtIn(invocation, 'autoscaling/v2', 'HorizontalPodAutoscaler'), namespace, object }, { dryRun }),
        'autoscaled',
      )
    }
  },
}
