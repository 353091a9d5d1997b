/** What a release may be called: a DNS subdomain of at most 53 characters. */
const maxLength = 53
const valid = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export const isValidReleaseName = (name: string): boolean => name !== '' && name.length <= maxLength && valid.test(name)

/** Throws with Helm's message. */
export function checkReleaseName(name: string): void {
  if (isValidReleaseName(name)) return
  const problem =
    name === '' ? 'no name provided' : `invalid release name, must match regex ${valid.source} and the length must not be longer than ${maxLength}`
  throw new Error(`release name check failed: release name ${JSON.stringify(name)}: ${problem}`)
}
