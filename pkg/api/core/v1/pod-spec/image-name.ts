/** The tag of an image reference, as far as defaulting the pull policy needs it (github.com/distribution/reference). */

const host = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${host}(?:\\.${host})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^((?:${domain}/)?${component}(?:/${component})*)(?::(\\w[\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
)
const longestName = 255
/** Before its name is completed to a repository's. */
const loneDigest = /^[a-f0-9]{64}$/

/** "latest" when neither tag nor digest is given; "" with a digest alone, and for what is no reference. */
export function imageTag(image: string): string {
  const [, name = '', tag, digest] = reference.exec(image) ?? []
  if (name === '' || name.length > longestName || loneDigest.test(image)) return ''
  return tag ?? (digest === undefined ? 'latest' : '')
}

export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return imageTag(image ?? '') === 'latest' ? 'Always' : 'IfNotPresent'
}
