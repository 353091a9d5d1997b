import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFieldSelector } from './fields.ts'
import { formatGoDuration, parseGoDuration } from './go-duration.ts'
import { isValidCidr, isValidIp, isValidIpForLegacyField } from './ip.ts'
import { parseLabelSelector, selectorFromLabelSelector, toLabelSelector } from './labels.ts'
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isEnvVarName, isQualifiedName, isValidPortName } from './names.ts'
import { addQuantities, canonicalQuantity, compareQuantities, Quantity, subtractQuantities } from './quantity.ts'

test('quantities keep or change their text as the server does', () => {
  const cases: [string, string][] = [
    ['0', '0'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['1.500', '1.500'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1025Mi', '1025Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['0.1Ki', '102400m'],
    ['1000', '1k'],
    ['100', '100'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1000e3', '1e6'],
    ['1E', '1E'],
    ['128974848', '128974848'],
    ['0.0000000001', '1n'],
    ['-1500m', '-1500m'],
    ['.5', '500m'],
    ['100Ei', '9223372036854775807'],
    ['1024', '1024'],
    ['0Mi', '0'],
    ['1n', '1n'],
    ['10000000000000000000000', '10e21'],
  ]
  for (const [given, kept] of cases) assert.equal(canonicalQuantity(given), kept, given)
})

test('quantities that are none are refused in upstream words', () => {
  assert.throws(() => Quantity.parse('1x'), { message: /^quantities must match the regular expression '/ })
  assert.throws(() => Quantity.parse('1mm'), { message: "unable to parse quantity's suffix" })
  assert.throws(() => Quantity.parse(''), { message: /^quantities must match/ })
})

test('quantities add, subtract and compare exactly', () => {
  assert.equal(addQuantities('1Gi', '512Mi'), '1536Mi')
  assert.equal(addQuantities('0', '1Ki'), '1Ki')
  assert.equal(subtractQuantities('2', '500m'), '1500m')
  assert.equal(compareQuantities('1Gi', '1G') > 0, true)
  assert.equal(compareQuantities('1', '1000m'), 0)
  assert.equal(Quantity.parse('1.5').milliValue(), 1500)
  assert.equal(Quantity.parse('100n').milliValue(), 1)
  assert.equal(Quantity.parse('1500m').value(), 2)
  assert.equal(Quantity.parse('1Ki').value(), 1024)
})

test('durations print as Go prints them', () => {
  for (const [given, printed] of [
    ['90m', '1h30m0s'],
    ['1.5s', '1.5s'],
    ['100ms', '100ms'],
    ['0', '0s'],
    ['-2h', '-2h0m0s'],
    ['1us', '1µs'],
  ] as const) {
    assert.equal(formatGoDuration(parseGoDuration(given)), printed)
  }
  assert.throws(() => parseGoDuration('5'), { message: 'time: missing unit in duration "5"' })
  assert.throws(() => parseGoDuration('x'), { message: 'time: invalid duration "x"' })
})

test('names are judged in upstream words', () => {
  assert.deepEqual(isDns1123Label('a-b'), [])
  assert.deepEqual(isDns1123Label('a.b'), ['must not contain dots'])
  assert.deepEqual(isDns1123Subdomain('A'), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ])
  assert.deepEqual(isDns1123Label('a'.repeat(64)), ['must be no more than 63 characters'])
  assert.match(isDns1035Label('1a')[0]!, /^a DNS-1035 label must consist .* \(e\.g\. 'my-name', {2}or 'abc-123', regex/)
  assert.deepEqual(isQualifiedName('example.com/a'), [])
  assert.equal(isQualifiedName('/a')[0], 'prefix part must be non-empty')
  assert.match(isQualifiedName('a/b/c')[0]!, /^a valid label key must consist of/)
  assert.deepEqual(isEnvVarName('..a'), ["must not start with '..'"])
  assert.equal(isValidPortName('0-0')[0], 'must contain at least one letter (a-z)')
})

test('addresses and ranges are judged in upstream words', () => {
  assert.deepEqual(isValidIp('10.0.0.1'), [])
  assert.deepEqual(isValidIp('2001:DB8::1'), ['must be in canonical form ("2001:db8::1")'])
  assert.deepEqual(isValidIp('010.0.0.1'), ['must not have leading 0s'])
  assert.deepEqual(isValidIpForLegacyField('010.0.0.1'), [])
  assert.deepEqual(isValidIp('x'), ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'])
  assert.deepEqual(isValidCidr('10.0.0.0/8'), [])
  assert.deepEqual(isValidCidr('10.1.0.0/8'), ['must not have bits set beyond the prefix length'])
})

test('label selectors parse, print and match', () => {
  const selector = parseLabelSelector('x in (b,a), !y,z!=1, app == web,n>3,e')
  assert.equal(selector.toString(), 'app==web,e,n>3,x in (a,b),!y,z!=1')
  assert.equal(selector.matches({ x: 'a', app: 'web', n: '4', e: '' }), true)
  assert.equal(selector.matches({ x: 'a', app: 'web', n: '4', e: '', y: '' }), false)
  assert.equal(parseLabelSelector('').matches(undefined), true)
  assert.equal(parseLabelSelector('a in (),b in (,x)').toString(), 'a in (),b in (,x)')
  assert.equal(parseLabelSelector('in in (in)').toString(), 'in in (in)')
})

test('label selectors that are wrong say what upstream says', () => {
  const message = (text: string): string => {
    try {
      parseLabelSelector(text)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  assert.equal(message('a,'), "found '', expected: identifier after ','")
  assert.equal(message('a b'), "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")
  assert.equal(message('=a'), "found '=', expected: !, identifier, or 'end of string'")
  assert.match(message('a/b/c=1'), /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must consist/)
  assert.match(message('a=-'), /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-": a valid label must be/)
})

test('LabelSelector objects: none selects nothing, an empty one everything', () => {
  assert.equal(selectorFromLabelSelector(undefined).matches({}), false)
  assert.equal(selectorFromLabelSelector({}).matches({}), true)
  const selector = selectorFromLabelSelector({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'NotIn', values: ['x'] }] })
  assert.equal(selector.toString(), 'a=1,b notin (x)')
  assert.throws(() => selectorFromLabelSelector({ matchExpressions: [{ key: 'b', operator: 'Gt' }] }), {
    message: '"Gt" is not a valid label selector operator',
  })
  assert.deepEqual(toLabelSelector('a=1,b in (x)'), { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'In', values: ['x'] }] })
})

test('field selectors parse with escapes, print and match', () => {
  const selector = parseFieldSelector('metadata.name=a\\,b,status.phase!=Running')
  assert.equal(selector.matches({ 'metadata.name': 'a,b' }), true)
  assert.equal(selector.toString(), 'metadata.name=a\\,b,status.phase!=Running')
  assert.equal(selector.requiresExactMatch('metadata.name'), 'a,b')
  assert.throws(() => parseFieldSelector('foo'), { message: "invalid selector: 'foo'; can't understand 'foo'" })
})
