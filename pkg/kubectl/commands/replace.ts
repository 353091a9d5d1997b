/** kubectl replace. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, saveConfigFlag, validateFlag } from '../resources/types.ts'
import { hasFiles, manifestItems } from '../resources/visit.ts'
import { waitUntilGone } from '../resources/wait-gone.ts'
import { createObject, deleteObject, dryRunOf, lastApplied, outcomePrinter, replaceObject, withLastApplied } from '../resources/write.ts'
import { withSource } from '../resources/source-errors.ts'
import type { Command } from '../types.ts'
import { deletionFlags } from './apply/flags.ts'

export const command: Command = {
  summary: 'Replace a resource by file name or stdin.',
  usage: '-f FILENAME',
  examples: ['kubectl replace -f pod.json', 'kubectl replace --force -f pod.json'],
  flags: [
    ...outputFlags,
    ...fileFlags('to use to replace the resource.'),
    ...deletionFlags,
    dryRunFlag,
    validateFlag,
    fieldManagerFlag('kubectl-replace'),
    { name: 'raw', type: 'string', usage: 'Raw URI to PUT to the server' },
    saveConfigFlag,
    { name: 'subresource', type: 'string', usage: 'Replace this subresource' },
  ],
  async run(invocation) {
    const { flags } = invocation
    if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
    const dryRun = dryRunOf(invocation)
    if (flags.int('grace-period') >= 0 && !flags.bool('force')) throw new CommandError('error: --grace-period must have --force specified')
    if (flags.duration('timeout') > 0 && !flags.bool('force')) throw new CommandError('error: --timeout must have --force specified')
    if (flags.bool('force') && dryRun !== 'none') throw new CommandError('error: --dry-run can not be used when --force is set')
    const print = await outcomePrinter(invocation)
    const errors: unknown[] = []
    for (const item of await manifestItems(invocation, { refuse: (error) => errors.push(error) })) {
      try {
        const annotated = flags.bool('save-config') || item.object.metadata?.annotations?.[lastApplied] !== undefined
        const object = annotated ? await withLastApplied(item.object) : item.object
        if (dryRun === 'client') print(object, 'replaced')
        else if (flags.bool('force')) {
          try {
            await deleteObject(invocation, item, {
              propagationPolicy: 'Background',
              dryRun,
              ...(flags.int('grace-period') >= 0 ? { gracePeriodSeconds: flags.int('grace-period') } : { gracePeriodSeconds: 0 }),
            })
            invocation.out(`${item.resource.kind.toLowerCase()} "${item.name}" deleted${item.namespace ? ` from ${item.namespace} namespace` : ''}\n`)
            if (dryRun === 'none') await waitUntilGone(invocation, [item], flags.duration('timeout') || 300_000)
          } catch (error) {
            if (!isNotFound(error)) throw error
          }
          print(await createObject(invocation, { ...item, object }, { dryRun }), 'replaced')
        } else print(await replaceObject(invocation, { ...item, object }, { dryRun, subresource: flags.string('subresource') }), 'replaced')
      } catch (error) {
        errors.push(flags.bool('force') ? error : withSource(error, 'replacing', item.source))
      }
    }
    throwGathered(errors)
  },
}
