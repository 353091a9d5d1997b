/** What the file system refused, as Go tells it: "open PATH: no such file or directory". */
const words: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EEXIST: 'file exists',
}

/** `path` is the one that the user gave; an error of another sort stays what it is. */
export function fileError(error: unknown, operation: string, path: string): Error {
  const { code } = error as NodeJS.ErrnoException
  const told = code === undefined ? undefined : words[code]
  // Go opens a folder, and fails when it reads.
  return told === undefined ? (error as Error) : new Error(`${code === 'EISDIR' ? 'read' : operation} ${path}: ${told}`, { cause: error })
}
