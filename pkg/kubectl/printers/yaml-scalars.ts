/** Which plain words YAML 1.1, as go-yaml v2 reads it, would take for something other than a string. */
const words = new Set(
  [
    ['', '~', 'null', 'Null', 'NULL'],
    ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'],
    ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'],
    ['.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'],
  ].flat(),
)
// "null" and its kin start with a letter that go-yaml looks up.
const integer = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const timestamp = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2})| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/

export function resolvesToString(text: string): boolean {
  if (words.has(text)) return false
  if (!/^[-+.0-9]/.test(text)) return true
  if (timestamp.test(text) && !Number.isNaN(Date.parse(text.replace(/-(\d)(?=\D|$)/g, '-0$1').slice(0, 10)))) return false
  const bare = text.replaceAll('_', '')
  if (text[0] === '.') return !float.test(text)
  return !integer.test(bare) && !float.test(bare) && !base60.test(text)
}
