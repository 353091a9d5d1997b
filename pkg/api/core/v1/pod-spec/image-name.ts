/** The tag of an image reference, as far as defaulting the pull policy needs it. */

/** "latest" when neither tag nor digest is given; "" with a digest alone. */
export function imageTag(image: string): string {
  const at = image.indexOf('@')
  const name = at < 0 ? image : image.slice(0, at)
  const colon = name.lastIndexOf(':')
  if (colon > name.lastIndexOf('/')) return name.slice(colon + 1)
  return at < 0 ? 'latest' : ''
}

export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return imageTag(image ?? '') === 'latest' ? 'Always' : 'IfNotPresent'
}
