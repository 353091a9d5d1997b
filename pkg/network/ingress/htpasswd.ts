/** Where htpasswd keeps whose hash. */

/** The user's hash in a file of lines "user:hash", or nothing. */
export function hashInFile(file: string, user: string): string | undefined {
  for (const line of file.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && line.slice(0, colon) === user) return line.slice(colon + 1).trim()
  }
  return undefined
}
