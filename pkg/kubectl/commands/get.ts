/** kubectl get: tables from the server, or objects in the format asked for. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered, usageError } from '../errors.ts'
import { getUsage, formatOf, outputFlags, printerOf } from '../printers/index.ts'
import { namesOneFile } from '../resources/files.ts'
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, selectorFlag } from '../resources/types.ts'
import { hasFiles } from '../resources/visit.ts'
import type { Command, Invocation } from '../types.ts'
import { fetchObjects, fetchTables, type Fetched } from './get/fetch.ts'
import { printTables } from './get/print-tables.ts'

export const command: Command = {
  summary: 'Display one or many resources.',
  usage: `[(-o|--output=)${getUsage}] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]`,
  examples: [
    'kubectl get pods',
    'kubectl get pods -o wide',
    'kubectl get deployment web -o yaml',
    'kubectl get svc,pods -l app=web',
    'kubectl get -f pod.yaml -o json',
  ],
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to get from a server.'),
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks of this size; 0 disables' },
    { name: 'ignore-not-found', type: 'bool', default: 'false', usage: 'Exit with 0 when what is named does not exist' },
    { name: 'label-columns', short: 'L', type: 'stringSlice', usage: 'Labels to be presented as columns' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'Do not print headers' },
    { name: 'output-watch-events', type: 'bool', default: 'false', usage: 'Output watch event objects with --watch or --watch-only' },
    { name: 'raw', type: 'string', usage: 'Raw URI to request from the server' },
    { name: 'really-all', type: 'bool', default: 'false', usage: 'With "all": everything that can be listed, custom resources and configuration too' },
    { name: 'server-print', type: 'bool', default: 'true', usage: 'Have the server return the table' },
    { name: 'show-kind', type: 'bool', default: 'false', usage: 'List the resource type of the objects' },
    { name: 'show-labels', type: 'bool', default: 'false', usage: 'Show all labels as the last column' },
    { name: 'sort-by', type: 'string', usage: 'JSONPath of the field to sort by' },
    { name: 'subresource', type: 'string', usage: 'Fetch this subresource: status, scale, resize' },
    { name: 'watch', short: 'w', type: 'bool', default: 'false', usage: 'After listing, watch for changes' },
    { name: 'watch-only', type: 'bool', default: 'false', usage: 'Watch for changes without listing first' },
  ],
  whenInterrupted: (flags) => (flags.bool('watch') || flags.bool('watch-only') ? 'fails' : undefined),
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, path } = invocation
  if (flags.string('raw') !== '') return raw(invocation)
  if (args.length === 0 && !hasFiles(invocation)) {
    invocation.err(`You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n`)
    throw usageError(
      path,
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    )
  }
  if (flags.bool('output-watch-events') && !flags.bool('watch') && !flags.bool('watch-only')) {
    throw new CommandError('error: --output-watch-events option can only be used with --watch or --watch-only')
  }
  if (flags.bool('really-all') && !(args.length === 1 && args[0] === 'all')) throw new CommandError('error: --really-all is for: get all --really-all')
  const printer = await printerOf(invocation, 'get')
  const { name: format } = formatOf(invocation)
  if (flags.bool('watch') || flags.bool('watch-only')) {
    const { watchAndPrint } = await import('./get/watch.ts')
    return watchAndPrint(invocation, printer)
  }
  const errors: unknown[] = []
  const gather = (error: unknown): void => {
    if (!(flags.bool('ignore-not-found') && isNotFound(error))) errors.push(error)
  }
  if (format === '' || format === 'wide') {
    await printTables(invocation, await fetchTables(invocation, gather), errors)
  } else await printObjects(invocation, await fetchObjects(invocation, gather), errors, printer)
  throwGathered(errors)
}

async function printObjects(invocation: Invocation, fetched: Fetched, errors: unknown[], printer: ((object: any) => string) | undefined): Promise<void> {
  const { flags, out } = invocation
  if (fetched.objects.length === 0 && (fetched.single || flags.bool('ignore-not-found'))) return
  let { objects } = fetched
  if (flags.string('sort-by') !== '') {
    const { sortByPath } = await import('../printers/sort.ts')
    objects = sortByPath(objects, (object) => object, flags.string('sort-by'))
  }
  if (!printer) return customColumns(invocation, objects)
  const single = fetched.single || (hasFiles(invocation) && namesOneFile(invocation))
  if (single && objects.length === 1) return out(printer(objects[0]))
  if (formatOf(invocation).name === 'name') return objects.forEach((object) => void out(printer(object)))
  if (errors.length > 0 && objects.length === 0 && formatOf(invocation).name === '') return
  out(printer({ apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }))
}

async function customColumns(invocation: Invocation, objects: readonly any[]): Promise<void> {
  const { flags, io, out } = invocation
  const { parseColumns, parseColumnsFile, printColumns } = await import('../printers/custom-columns.ts')
  const { name, argument } = formatOf(invocation)
  let columns: ReturnType<typeof parseColumns>
  if (name === 'custom-columns-file') {
    const { readFileSync } = await import('node:fs')
    const { resolve } = await import('node:path')
    try {
      columns = parseColumnsFile(readFileSync(resolve(io.cwd, argument), 'utf8'))
    } catch (error) {
      if (error instanceof CommandError) throw error
      throw new CommandError(`error: error reading template ${argument}, open ${argument}: no such file or directory`)
    }
  } else columns = parseColumns(argument)
  out(printColumns(columns, objects, flags.bool('no-headers')))
}

async function raw({ flags, args, session, io }: Invocation): Promise<void> {
  if (args.length > 0) throw new CommandError('error: arguments may not be passed when --raw is specified')
  const response = await (await session.client()).request({ method: 'GET', path: flags.string('raw') })
  if (response.status >= 400) {
    const { requestFailure } = await import('../failures.ts')
    throw await requestFailure({ method: 'GET', path: flags.string('raw') }, response)
  }
  for await (const chunk of response.stream()) io.stdout.write(chunk)
}
