/** Where htpasswd and htdigest keep whose hash. */

/** The user's hash in a file of lines "user:hash", or nothing. */
export function hashInFile(file: string, user: string): string | undefined {
  for (const line of file.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && line.slice(0, colon) === user) return line.slice(colon + 1).trim()
  }
  return undefined
}

/** The user's hash for a realm in a file of lines "user:realm:hash", or nothing. */
export function digestInFile(file: string, user: string, realm: string): string | undefined {
  const front = `${user}:${realm}:`
  const line = user.includes(':') ? undefined : file.split('\n').find((each) => each.startsWith(front))
  return line?.slice(front.length).trim()
}
