/** Why nothing can listen there, in the words that Go has from Linux. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

const words: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
}

/** What node:net says of a `socket` in a folder that is not there is that it may not. */
export function bindProblem({ code = '', message }: NodeJS.ErrnoException, socket = ''): string {
  if (code === 'EACCES' && socket !== '' && !existsSync(dirname(socket))) return 'no such file or directory'
  return words[code] ?? message
}
