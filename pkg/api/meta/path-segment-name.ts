/** Names that need only be fit for a URL path (apimachinery's pkg/api/validation/path): RBAC's, for one. */
const notNames = ['.', '..']
const notWithin = ['/', '%']

export function isPathSegmentName(name: string, prefix = false): string[] {
  if (!prefix && notNames.includes(name)) return [`may not be '${name}'`]
  return notWithin.filter((each) => name.includes(each)).map((each) => `may not contain '${each}'`)
}
