/** Takes out of an answer what no two servers have in common, and orders keys, since JSON's order means nothing. */

const stamps = new Set(['creationTimestamp', 'deletionTimestamp', 'time', 'expirationTimestamp', 'renewTime', 'acquireTime'])
const named: Readonly<Record<string, string>> = { uid: 'UID', resourceVersion: 'REVISION', serverAddress: 'ADDRESS' }

/** Times, UIDs, revisions and generated names become words; what they were in is kept. */
export function normalise(value: unknown, key = '', generated = ''): unknown {
  if (Array.isArray(value)) return inOrder(value, key).map((each) => normalise(each, key, generated))
  if (typeof value === 'string') {
    if (named[key] && value !== '') return named[key]
    if (key === 'continue' && value !== '') return pageOf(value)
    if (key === 'token' && value.startsWith('eyJ')) return tokenSaying(value)
    if (stamps.has(key) && /^\d{4}-/.test(value)) return 'TIME'
    return worded(key === 'name' && generated !== '' && value.startsWith(generated) ? `${generated}RANDOM` : value)
  }
  if (value === null || typeof value !== 'object') return value
  if ('columnDefinitions' in value) return normalise(withoutTexts(value), key, generated)
  const { generateName } = value as { generateName?: unknown }
  const prefix = typeof generateName === 'string' ? generateName : generated
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((each) => [each, normalise((value as Record<string, unknown>)[each], each, prefix)]),
  )
}

/**
 * Managers stand in the order of their times, to the second, and then of their names: which writes fall into one second is chance.
 * Conflicts, and what a reviewer may do, come as a map of Go gives them.
 */
function inOrder(values: readonly unknown[], key: string): readonly unknown[] {
  const areRules = key === 'resourceRules' || key === 'nonResourceRules'
  const areConflicts = key === 'causes' && values.every((each) => (each as { reason?: unknown }).reason === 'FieldManagerConflict')
  if (areConflicts || (areRules && values.every((each) => (each as { verbs?: unknown }).verbs)))
    return values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (key !== 'managedFields') return values
  const place = ({ operation, manager, apiVersion, subresource = '' }: Record<string, string>): string =>
    [operation, manager, apiVersion, subresource].join('\n')
  return values.toSorted((a, b) => {
    const [left, right] = [place(a as Record<string, string>), place(b as Record<string, string>)]
    return left < right ? -1 : left > right ? 1 : 0
  })
}

/** What a token claims, and for how long; not who signed it, nor when. */
function tokenSaying(token: string): unknown {
  const { exp, iat, nbf, ...claims } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  return normalise({ ...claims, seconds: exp - iat, early: iat - nbf })
}

/** Where a list goes on, without the revision that it is of, nor the slash that it begins with when etcd is new. */
function pageOf(token: string): string {
  return Buffer.from(token, 'base64url')
    .toString()
    .replace(/"rv":\d+/, '"rv":REVISION')
    .replace('"start":"/', '"start":"')
}

/** Of a table: not its ages, nor the columns' descriptions, which are upstream's documentation. */
function withoutTexts({ columnDefinitions, rows = [], ...table }: Record<string, any>): object {
  const plain = (cell: unknown): unknown => (typeof cell === 'string' && /^(\d+[smhdy])+$/.test(cell) ? 'AGE' : cell)
  return {
    ...table,
    columns: columnDefinitions?.map(({ description: _, ...column }: Record<string, unknown>) => column) ?? null,
    rows: rows.map(({ cells, ...row }: { cells: unknown[] }) => ({ ...row, cells: cells.map(plain) })),
  }
}

function worded(text: string): string {
  return (
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
      .replaceAll(/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d\d:?\d\d| UTC|Z)?( m=\+[\d.]+)?/g, (stamp) =>
        stamp.startsWith('2026') || stamp.startsWith('2027') ? 'TIME' : stamp,
      )
      .replaceAll(/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-RANDOM')
      .replaceAll(/(127\.0\.0\.1:)\d+/g, '$1PORT')
      // Which scheme's, depends on how the real one was built.
      .replaceAll(/in scheme "[^"]+"/g, 'in scheme "SCHEME"')
      .replaceAll(/(Too large resource version: \d+, current: )\d+/g, '$1REVISION')
      .replaceAll(/(does not match the ResourceVersion in record \(|ResourceVersion in object meta: )\d+/g, '$1REVISION')
      .replaceAll(/(\n\s*resourceVersion: )"\d+"/g, '$1REVISION')
      .replaceAll(/(resourceVersion\\*":\\*")\d+/g, '$1REVISION')
      .replaceAll(/\(\d+\)(?=$)/g, '(REVISION)')
      .replaceAll(/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-RANDOM')
      .replaceAll(/0x[0-9a-f]{6,}/g, 'ADDRESS')
      .replaceAll(/x{64,}/g, (run) => `<${run.length} times x>`)
  )
}
