/** What an unquoted YAML 1.1 scalar would be read as: a string must be quoted where that is anything else. */

const words: ReadonlySet<string> = new Set([
  'y',
  'Y',
  'yes',
  'Yes',
  'YES',
  'true',
  'True',
  'TRUE',
  'on',
  'On',
  'ON',
  'n',
  'N',
  'no',
  'No',
  'NO',
  'false',
  'False',
  'FALSE',
  'off',
  'Off',
  'OFF',
  '',
  '~',
  'null',
  'Null',
  'NULL',
  '.nan',
  '.NaN',
  '.NAN',
  '.inf',
  '.Inf',
  '.INF',
  '+.inf',
  '+.Inf',
  '+.INF',
  '-.inf',
  '-.Inf',
  '-.INF',
])

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const integer = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]*|0[bB][01]+|[1-9][0-9]*)$/
const timestamp =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))|(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?))?$/

function isTimestamp(text: string): boolean {
  const match = timestamp.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const hour = Number(match[4] ?? match[7] ?? 0)
  const minute = Number(match[5] ?? match[8] ?? 0)
  const second = Number(match[6] ?? match[9] ?? 0)
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate() && hour < 24 && minute < 60 && second < 60
}

export function isPlainString(text: string): boolean {
  if (words.has(text)) return false
  if (!/^[-+.0-9]/.test(text)) return true
  if (base60.test(text)) return false
  if (text.startsWith('.')) return !/^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(text)
  if (isTimestamp(text)) return false
  const digits = text.replaceAll('_', '')
  return !integer.test(digits) && !float.test(digits) && !/^[-+]?0b[01]+$/.test(digits)
}
