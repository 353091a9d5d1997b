/** kubectl create: from files, or by the generators that are its subcommands. */
import { CommandError, throwGathered, usageError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { kindName } from '../printers/kind-name.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, type Item, selectorFlag, saveConfigFlag, validateFlag } from '../resources/types.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { hasFiles, manifestItems } from '../resources/visit.ts'
import { createObject, dryRunOf, outcomePrinter, withLastApplied } from '../resources/write.ts'
import { withSource } from '../resources/source-errors.ts'
import type { Command, Invocation } from '../types.ts'
import { generators } from './create/index.ts'

export const command: Command = {
  summary: 'Create a resource from a file or from stdin.',
  usage: '-f FILENAME',
  examples: ['kubectl create -f pod.json', 'cat pod.json | kubectl create -f -', 'kubectl create deployment web --image=nginx'],
  flags: [
    ...outputFlags,
    ...fileFlags('to use to create the resource'),
    selectorFlag,
    dryRunFlag,
    validateFlag,
    fieldManagerFlag('kubectl-create'),
    { name: 'edit', type: 'bool', default: 'false', usage: 'Edit the API resource before creating' },
    { name: 'raw', type: 'string', usage: 'Raw URI to POST to the server' },
    saveConfigFlag,
    recordFlag,
    { name: 'windows-line-endings', type: 'bool', default: 'false', usage: 'Only relevant with --edit' },
  ],
  subcommands: generators,
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, path, io, session, out } = invocation
  if (args.length > 0) throw usageError(path, `Unexpected args: [${args.join(' ')}]`)
  if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
  if (flags.string('raw') !== '') {
    checkRaw(invocation)
    const { readFileSync } = await import('node:fs')
    const { readAll } = await import('../resources/files.ts')
    const [file = '-'] = flags.list('filename')
    const body = file === '-' ? await readAll(io.stdin) : readFileSync(file, 'utf8')
    return out(`${JSON.stringify(await session.json({ method: 'POST', path: flags.string('raw'), headers: { 'content-type': 'application/json' }, body }))}\n`)
  }
  if (flags.bool('edit')) return editThenCreate(invocation)
  const errors: unknown[] = []
  const items = await selected(invocation, await manifestItems(invocation, { refuse: (error) => errors.push(error) }))
  if (items.length === 0 && errors.length === 0) throw new CommandError('error: no objects passed to create')
  const dryRun = dryRunOf(invocation)
  const print = await outcomePrinter(invocation)
  for (const item of items) {
    try {
      const object = flags.bool('save-config') ? await withLastApplied(item.object) : item.object
      recordCause(invocation, object)
      print(dryRun === 'client' ? object : await createObject(invocation, { ...item, object }, { dryRun }), 'created')
    } catch (error) {
      errors.push(withSource(error, 'creating', item.source))
    }
  }
  throwGathered(errors)
}

/** Those of the files that --selector names. */
async function selected({ flags }: Invocation, items: readonly Item[]): Promise<readonly Item[]> {
  if (flags.string('selector') === '') return items
  const { parseLabelSelector } = await import('#apimachinery/labels.ts')
  const parsed = parseLabelSelector(flags.string('selector'))
  return items.filter(({ object }) => parsed.matches(object.metadata?.labels))
}

function checkRaw({ flags }: Invocation): void {
  const files = flags.list('filename')
  const wrong = flags.bool('edit')
    ? '--raw and --edit are mutually exclusive'
    : files.length !== 1
      ? '--raw can only use a single local file or stdin'
      : /^https?:\/\//.test(files[0]!)
        ? '--raw cannot read from a url'
        : flags.bool('recursive')
          ? '--raw and --recursive are mutually exclusive'
          : flags.string('selector') !== ''
            ? '--raw and --selector (-l) are mutually exclusive'
            : flags.string('output') !== ''
              ? '--raw and --output are mutually exclusive'
              : undefined
  if (wrong) throw new CommandError(`error: ${wrong}`)
}

/** --edit: each object in the editor before it is made; one that is left as it was is not made. */
async function editThenCreate(invocation: Invocation): Promise<void> {
  const { flags, out } = invocation
  const { editUntilDone } = await import('../resources/edit-session.ts')
  const errors: unknown[] = []
  for (const item of await manifestItems(invocation, { refuse: (error) => errors.push(error) })) {
    try {
      await editUntilDone(invocation, {
        banner: 'object',
        items: [item],
        retries: false,
        async submit(edited) {
          const object = flags.bool('save-config') ? await withLastApplied(edited.object) : edited.object
          recordCause(invocation, object)
          const made = await createObject(invocation, { ...edited, object })
          out(`${kindName(made)} created\n`)
        },
      })
    } catch (error) {
      errors.push(error)
    }
  }
  throwGathered(errors)
}
