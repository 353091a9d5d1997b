/** The flags that commands which render charts have in common, and what they come to. */
import type { ValueOptions } from '../values/options.ts'
import type { Flag, ParsedArguments, Session } from '../types.ts'

export const valueFlags: readonly Flag[] = [
  { name: 'values', short: 'f', kind: 'list', help: 'specify values in a YAML file or a URL (can specify multiple)' },
  { name: 'set', kind: 'array', help: 'set values on the command line (can specify multiple or separate values with commas: key1=val1,key2=val2)' },
  { name: 'set-string', kind: 'array', help: 'set STRING values on the command line' },
  { name: 'set-file', kind: 'array', help: 'set values from respective files specified via the command line' },
  { name: 'set-json', kind: 'array', help: 'set JSON values on the command line' },
  { name: 'set-literal', kind: 'array', help: 'set a literal STRING value on the command line' },
]

export const globalFlags: readonly Flag[] = [
  { name: 'namespace', short: 'n', kind: 'string', help: 'namespace scope for this request' },
  { name: 'debug', kind: 'bool', help: 'enable verbose output' },
  { name: 'help', short: 'h', kind: 'bool', help: 'help for the command' },
  { name: 'kubeconfig', kind: 'string', help: 'path to the kubeconfig file' },
  { name: 'kube-context', kind: 'string', help: 'name of the kubeconfig context to use' },
]

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

export function valueOptions(given: ParsedArguments, session: Session): ValueOptions {
  return {
    files: given.list('values'),
    json: given.list('set-json'),
    set: given.list('set'),
    setString: given.list('set-string'),
    setFile: given.list('set-file'),
    setLiteral: given.list('set-literal'),
    stdin: () => readAll(session.stdin),
  }
}
