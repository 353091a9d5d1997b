/** Where we part from kube-apiserver, by list, each with its reason beside it. */
const known: Readonly<Record<string, readonly string[]>> = {
  // Upstream has not yet read about an issuer when its first token comes.
  reviews: [
    'claimMappings: {username: {claim: sub, prefix: ""}, groups: {claim: g, prefix: ""}} {"sub":"a","_claim_names":{"g":"s"},"_claim_sources":{"s":{"endpoint":"URL/distributed","access_token":"t"}}}',
  ],
}

export function isKnown(list: string, key: string): boolean {
  return known[list]?.includes(key) ?? false
}
