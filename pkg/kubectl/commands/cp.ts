/** kubectl cp: files to and from containers, by the tar in them. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import type { Command } from '../types.ts'
import { copyFromPod } from './cp/from-pod.ts'
import { copyToPod } from './cp/to-pod.ts'

/** "namespace/pod:path", or a path of this machine. */
export interface FileSpec {
  readonly namespace: string
  readonly pod: string
  readonly file: string
}

const malformed = 'filespec must match the canonical format: [[namespace/]pod:]file/path'

export function fileSpec(text: string): FileSpec {
  const colon = text.indexOf(':')
  if (colon === 0) throw new CommandError(`error: ${malformed}`)
  if (colon < 0) return { namespace: '', pod: '', file: text }
  const [owner, file] = [text.slice(0, colon), text.slice(colon + 1)]
  const pieces = owner.split('/')
  if (pieces.length === 1) return { namespace: '', pod: pieces[0]!, file }
  if (pieces.length === 2) return { namespace: pieces[0]!, pod: pieces[1]!, file }
  throw new CommandError(`error: ${malformed}`)
}

export const command: Command = {
  summary: 'Copy files and directories to and from containers.',
  usage: '<file-spec-src> <file-spec-dest>',
  examples: ['kubectl cp /tmp/foo_dir some-pod:/tmp/bar_dir', 'kubectl cp some-namespace/some-pod:/tmp/foo /tmp/bar'],
  flags: [
    { name: 'container', short: 'c', type: 'string', usage: 'Container name' },
    { name: 'no-preserve', type: 'bool', default: 'false', usage: 'Do not keep ownership and permissions of what is copied' },
    { name: 'retries', type: 'int', default: '0', usage: 'How often a copy from a container is tried again; negative without end' },
  ],
  async run(invocation) {
    const { args, io } = invocation
    if (args.length !== 2) throw new CommandError('error: source and destination are required')
    const [from, to] = args.map((each) => fileSpec(each!)) as [FileSpec, FileSpec]
    if (from.pod !== '' && to.pod !== '') throw new CommandError('error: one of src or dest must be a local file specification')
    if (from.file === '' || to.file === '') throw new CommandError('error: filepath can not be empty')
    if (from.pod === '' && to.pod === '') throw new CommandError('error: one of src or dest must be a remote file specification')
    if (from.pod !== '') return copyFromPod(invocation, from, to.file)
    if (!existsSync(resolve(io.cwd, from.file))) throw new CommandError(`error: ${from.file} doesn't exist in local filesystem`)
    return copyToPod(invocation, from.file, to)
  },
}
