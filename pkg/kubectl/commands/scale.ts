/** kubectl scale. */
import { CommandError, throwGathered } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fileFlags, selectorFlag } from '../resources/types.ts'
import { causePatch, recordFlag } from '../resources/change-cause.ts'
import { resourcePath } from '#client/paths.ts'
import { visit } from '../resources/visit.ts'
import { pause } from '../resources/wait-gone.ts'
import { dryRunOf, outcomePrinter, patchObject } from '../resources/write.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Set a new size for a deployment, replica set, replication controller, or stateful set.',
  usage: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  examples: ['kubectl scale --replicas=3 rs/foo', 'kubectl scale --current-replicas=2 --replicas=3 deployment/mysql'],
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to set a new size'),
    selectorFlag,
    dryRunFlag,
    recordFlag,
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types' },
    { name: 'current-replicas', type: 'int', default: '-1', usage: 'Precondition for current size' },
    { name: 'replicas', type: 'int', default: '0', usage: 'The new desired number of replicas. Required.' },
    { name: 'resource-version', type: 'string', usage: 'Precondition for resource version' },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'How long to wait for the new size; zero means not at all' },
  ],
  async run(invocation) {
    const { flags, session } = invocation
    const replicas = flags.int('replicas')
    if (!flags.changed('replicas')) throw new CommandError('error: required flag(s) "replicas" not set')
    if (replicas < 0) throw new CommandError('error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
    const dryRun = dryRunOf(invocation)
    const print = await outcomePrinter(invocation)
    const errors: unknown[] = []
    const items = await visit(invocation, { asGiven: true, onError: (error) => errors.push(error) })
    if (items.length === 0) {
      throwGathered(errors)
      throw new CommandError('error: no objects passed to scale')
    }
    if (items.length > 1 && flags.string('resource-version') !== '') throw new CommandError('error: cannot use --resource-version with multiple resources')
    for (const item of items) {
      const known = flags.int('current-replicas')
      const path = resourcePath(item.resource, { namespace: item.namespace, name: item.name, subresource: 'scale' })
      const version = flags.string('resource-version')
      if ((known >= 0 || version !== '') && dryRun !== 'client') {
        const scale = await session.json({ method: 'GET', path })
        const found = scale.metadata.resourceVersion
        if (version !== '' && found !== version) throw new CommandError(`error: Expected resource version to be ${version}, was ${found}`)
        if (known >= 0)
          if ((scale.spec?.replicas ?? 0) !== known) throw new CommandError(`error: Expected replicas to be ${known}, was ${scale.spec?.replicas ?? 0}`)
      }
      if (dryRun !== 'client') {
        await patchObject(
          invocation,
          item,
          'merge',
          { spec: { replicas }, ...(version ? { metadata: { resourceVersion: version } } : {}) },
          { dryRun, subresource: 'scale' },
        )
      }
      if (flags.duration('timeout') > 0 && dryRun === 'none') {
        const deadline = invocation.now() + flags.duration('timeout')
        for (;;) {
          const scale = await session.json({ method: 'GET', path })
          if ((scale.status?.replicas ?? 0) === replicas) break
          if (invocation.now() > deadline) throw new CommandError(`error: timed out waiting for ${JSON.stringify(item.name)} to be synced`)
          await pause(invocation, 500)
        }
      }
      const cause = dryRun === 'client' ? undefined : causePatch(invocation, item.object)
      // That it could not be recorded does not undo the new size.
      if (cause) await patchObject(invocation, item, 'merge', cause, { fieldManager: '' }).catch(() => undefined)
      print({ ...item.object, spec: { ...item.object.spec, replicas } }, 'scaled')
    }
    throwGathered(errors)
  },
}
