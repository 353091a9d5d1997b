import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEnvironment } from '../environment.ts'
import { compile, newBudget } from '../program.ts'

type Expected = boolean | bigint | number | string | readonly string[] | { readonly fails: string } | { readonly refused: string }

// Facts: the cases of k8s.io/apiserver/pkg/cel/library 0.36. What validates is an optional: here the list of what is wrong.
const ip: readonly [expression: string, expected: Expected][] = [
  ['ip("192.168.0.1")', '192.168.0.1'],
  ['ip("192.168.0.1.0")', { fails: 'IP Address "192.168.0.1.0" parse error during conversion from string: ParseAddr("192.168.0.1.0"): IPv4 address too long' }],
  ['isIP("192.168.0.1")', true],
  ['isIP("192.168.0.1.0")', false],
  ['ip.isCanonical("127.0.0.1")', true],
  [
    'ip.isCanonical("127.0.0.1.0")',
    { fails: 'IP Address "127.0.0.1.0" parse error during conversion from string: ParseAddr("127.0.0.1.0"): IPv4 address too long' },
  ],
  ['ip("192.168.0.1").family()', 4n],
  ['ip("0.0.0.0").isUnspecified()', true],
  ['ip("127.0.0.1").isUnspecified()', false],
  ['ip("127.0.0.1").isLoopback()', true],
  ['ip("1.2.3.4").isLoopback()', false],
  ['ip("224.0.0.1").isLinkLocalMulticast()', true],
  ['ip("224.0.1.1").isLinkLocalMulticast()', false],
  ['ip("169.254.169.254").isLinkLocalUnicast()', true],
  ['ip("192.168.0.1").isLinkLocalUnicast()', false],
  ['ip("192.168.0.1").isGlobalUnicast()', true],
  ['ip("255.255.255.255").isGlobalUnicast()', false],
  ['ip("2001:db8::68")', '2001:db8::68'],
  [
    'ip("2001:db8:::68")',
    {
      fails:
        'IP Address "2001:db8:::68" parse error during conversion from string: ParseAddr("2001:db8:::68"): each colon-separated field must have at least one digit (at ":68")',
    },
  ],
  ['isIP("2001:db8::68")', true],
  ['isIP("2001:db8:::68")', false],
  ['ip.isCanonical("2001:db8::68")', true],
  ['ip.isCanonical("2001:DB8::68")', false],
  [
    'ip.isCanonical("2001:db8:::68")',
    {
      fails:
        'IP Address "2001:db8:::68" parse error during conversion from string: ParseAddr("2001:db8:::68"): each colon-separated field must have at least one digit (at ":68")',
    },
  ],
  ['ip("2001:db8::68").family()', 6n],
  ['ip("::").isUnspecified()', true],
  ['ip("::1").isUnspecified()', false],
  ['ip("::1").isLoopback()', true],
  ['ip("2001:db8::abcd").isLoopback()', false],
  ['ip("ff02::1").isLinkLocalMulticast()', true],
  ['ip("fd00::1").isLinkLocalMulticast()', false],
  ['ip("fe80::1").isLinkLocalUnicast()', true],
  ['ip("fd80::1").isLinkLocalUnicast()', false],
  ['ip("2001:db8::abcd").isGlobalUnicast()', true],
  ['ip("ff00::1").isGlobalUnicast()', false],
  ['isIP(cidr("192.168.0.0/24"))', { refused: "found no matching overload for 'isIP' applied to '(net.CIDR)'" }],
  ['string(ip("192.168.0.1"))', '192.168.0.1'],
  ['type(ip("192.168.0.1")) == net.IP', true],
]

const cidr: readonly [expression: string, expected: Expected][] = [
  ['cidr("192.168.0.0/24")', '192.168.0.0/24'],
  [
    'cidr("192.168.0.0/")',
    {
      fails:
        'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("192.168.0.0/"): bad bits after slash: ""',
    },
  ],
  ['cidr("192.168.0.0/24").containsIP(ip("192.168.0.1"))', true],
  ['cidr("192.168.0.0/24").containsIP(ip("192.168.1.1"))', false],
  ['cidr("192.168.0.0/24").containsIP("192.168.0.1")', true],
  ['cidr("192.168.0.0/24").containsIP("192.168.1.1")', false],
  ['cidr("192.168.0.0/24").containsCIDR(cidr("192.168.0.0/25"))', true],
  ['cidr("192.168.0.0/24").containsCIDR(cidr("192.168.0.1/32"))', true],
  ['cidr("192.168.0.0/24").containsCIDR(cidr("192.168.0.0/23"))', false],
  ['cidr("192.168.0.0/24").containsCIDR(cidr("192.169.0.1/32"))', false],
  ['cidr("192.168.0.0/24").containsCIDR("192.168.0.0/25")', true],
  ['cidr("192.168.0.0/24").containsCIDR("192.168.0.0/23")', false],
  ['cidr("192.168.0.0/24").ip()', '192.168.0.0'],
  ['cidr("192.168.0.0/24").masked()', '192.168.0.0/24'],
  ['cidr("192.168.0.1/24").masked()', '192.168.0.0/24'],
  ['cidr("192.168.0.0/24").prefixLength()', 24n],
  ['cidr("2001:db8::/32")', '2001:db8::/32'],
  [
    'cidr("2001:db8::/")',
    {
      fails:
        'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("2001:db8::/"): bad bits after slash: ""',
    },
  ],
  ['cidr("2001:db8::/32").containsIP(ip("2001:db8::1"))', true],
  ['cidr("2001:db8::/32").containsIP(ip("2001:dc8::1"))', false],
  ['cidr("2001:db8::/32").containsIP("2001:db8::1")', true],
  ['cidr("2001:db8::/32").containsIP("2001:dc8::1")', false],
  ['cidr("2001:db8::/32").containsCIDR(cidr("2001:db8::/33"))', true],
  ['cidr("2001:db8::/32").containsCIDR(cidr("2001:db8::/31"))', false],
  ['cidr("2001:db8::/32").containsCIDR("2001:db8::/33")', true],
  ['cidr("2001:db8::/32").containsCIDR("2001:db8::/31")', false],
  ['cidr("2001:db8::/32").ip()', '2001:db8::'],
  ['cidr("2001:db8::/32").masked()', '2001:db8::/32'],
  ['cidr("2001:db8:1::/32").masked()', '2001:db8::/32'],
  ['cidr("2001:db8::/32").prefixLength()', 32n],
  ['string(cidr("192.168.0.0/24"))', '192.168.0.0/24'],
  ['type(cidr("192.168.0.0/24")) == net.CIDR', true],
]

const quantity: readonly [expression: string, expected: Expected][] = [
  ['quantity("12Mi")', '12Mi'],
  ['quantity("10Mo")', { fails: 'quantities must match the regular expression' }],
  ['isQuantity("20")', true],
  ['isQuantity("20M")', true],
  ['isQuantity("20Mi")', true],
  ['isQuantity("20Mo")', false],
  ['isQuantity("10Mm")', false],
  ['isQuantity([1, 2, 3])', { refused: "found no matching overload for 'isQuantity' applied to" }],
  ['quantity("200M") == quantity("200M")', true],
  ['quantity("200M") == quantity("0.2G") && quantity("0.2G") == quantity("200M")', true],
  ['quantity("2M") == quantity("0.002G") && quantity("2000k") == quantity("2M") && quantity("0.002G") == quantity("2000k")', true],
  ['quantity("200M") == quantity("0.3G")', false],
  ['quantity("50M").isLessThan(quantity("50Mi"))', true],
  ['quantity("50M").isLessThan(quantity("100M"))', true],
  ['quantity("100M").isLessThan(quantity("50M"))', false],
  ['quantity("50Mi").isGreaterThan(quantity("50M"))', true],
  ['quantity("150Mi").isGreaterThan(quantity("100Mi"))', true],
  ['quantity("50M").isGreaterThan(quantity("100M"))', false],
  ['quantity("200M").compareTo(quantity("0.2G"))', 0n],
  ['quantity("50M").compareTo(quantity("50Mi"))', -1n],
  ['quantity("50Mi").compareTo(quantity("50M"))', 1n],
  ['quantity("50k").add(quantity("20")) == quantity("50.02k")', true],
  ['quantity("50k").add(20).isLessThan(quantity("50020"))', false],
  ['quantity("50k").sub(quantity("20")) == quantity("49.98k")', true],
  ['quantity("50k").sub(20) == quantity("49980")', true],
  ['quantity("50k").add(20).sub(quantity("100k")).asInteger()', -49980n],
  ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger()', 20n],
  ['quantity("50k").asInteger()', 50000n],
  ['quantity("9999999999999999999999999999999999999G").asInteger()', { fails: 'cannot convert value to integer' }],
  ['quantity("9999999999999999999999999999999999999G").isInteger()', false],
  ['quantity("50").isInteger()', true],
  ['quantity("50.703k").asApproximateFloat()', 50703],
]

const semver: readonly [expression: string, expected: Expected][] = [
  ['semver("1.2.3")', '1.2.3'],
  ['semver("v1.0")', { fails: 'No Major.Minor.Patch elements found' }],
  ['isSemver("1.2.3-beta.1+build.1")', true],
  ['isSemver("")', false],
  ['isSemver("v1.0.0")', false],
  ['isSemver(" 1.0.0")', false],
  ['isSemver("1. 0.0")', false],
  ['isSemver("1.0.0 ")', false],
  ['isSemver("01.01.01")', false],
  ['isSemver("1")', false],
  ['isSemver("1.1")', false],
  ['isSemver("", true)', false],
  ['isSemver(" 1.0.0", true)', false],
  ['isSemver("1. 0.0", true)', false],
  ['isSemver("1.0.0 ", true)', false],
  ['isSemver("v1.0.0", true)', true],
  ['isSemver("01.01.01", true)', true],
  ['isSemver("1", true)', true],
  ['isSemver("1.1", true)', true],
  ['isSemver([1, 2, 3])', { refused: "found no matching overload for 'isSemver' applied to" }],
  ['semver("v01.01", true) == semver("1.1.0")', true],
  ['semver("1.2.3") == semver("1.2.3")', true],
  ['semver("1.2.3") == semver("1.0.0")', false],
  ['semver("1.0.0").isLessThan(semver("1.2.3"))', true],
  ['semver("1.0.0").isLessThan(semver("1.0.0"))', false],
  ['semver("1.2.3").isGreaterThan(semver("1.0.0"))', true],
  ['semver("1.0.0").isGreaterThan(semver("1.0.0"))', false],
  ['semver("1.2.3").compareTo(semver("1.2.3"))', 0n],
  ['semver("1.0.0").compareTo(semver("1.2.3"))', -1n],
  ['semver("1.2.3").compareTo(semver("1.0.0"))', 1n],
  ['semver("1.2.3").major()', 1n],
  ['semver("1.2.3").minor()', 2n],
  ['semver("1.2.3").patch()', 3n],
]

const format: readonly [expression: string, expected: Expected][] = [
  ['format.dns1123Label().validate("my-label-name")', []],
  ['format.dns1123Subdomain().validate("apiextensions.k8s.io")', []],
  ['format.qualifiedName().validate("apiextensions.k8s.io/v1beta1")', []],
  ['format.dns1123LabelPrefix().validate("my-label-prefix-")', []],
  ['format.dns1123SubdomainPrefix().validate("mysubdomain.prefix.-")', []],
  ['format.dns1035LabelPrefix().validate("my-label-prefix-")', []],
  ['format.uri().validate("http://example.com")', []],
  ['format.uuid().validate("123e4567-e89b-12d3-a456-426614174000")', []],
  ['format.byte().validate("aGVsbG8=")', []],
  ['format.date().validate("2021-01-01")', []],
  ['format.datetime().validate("2021-01-01T00:00:00Z")', []],
  [
    'format.dns1123Label().validate("contains a space")',
    [
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'format.dns1123Subdomain().validate("contains a space")',
    [
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'format.dns1035Label().validate("contains a space")',
    [
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'format.qualifiedName().validate("contains a space")',
    [
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'format.dns1123LabelPrefix().validate("contains a space-")',
    [
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'format.dns1123SubdomainPrefix().validate("contains a space-")',
    [
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'format.dns1035LabelPrefix().validate("contains a space-")',
    [
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  ['format.dns1123Subdomain().validate("example.com")', []],
  ['format.dns1035Label().validate("my-label-name")', []],
  ['format.qualifiedName().validate("my.name")', []],
  ['format.date().validate("2020-01-01")', []],
  ['format.date().validate("2020-01-32")', ['invalid date']],
  ['format.datetime().validate("2020-01-01T00:00:00Z")', []],
  ['format.datetime().validate("2020-01-32T00:00:00Z")', ['invalid datetime']],
  ['format.named("unknown").hasValue()', false],
  ['format.labelValue().validate("my-cool-label-Value")', []],
  [
    'format.labelValue().validate("my-cool-label-Value!!\\n\\n!!!")',
    [
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  ],
]

// Facts of net/netip and blang/semver, which the libraries stand on.
const more: readonly [expression: string, expected: Expected][] = [
  ['ip("::ffff:1.2.3.4")', { fails: 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed' }],
  ['ip("64:ff9b::1.2.3.4")', '64:ff9b::102:304'],
  ['ip("fe80::1%eth0")', { fails: 'IP address "fe80::1%eth0" with zone value is not allowed' }],
  ['ip("1.2.3")', { fails: 'ParseAddr("1.2.3"): IPv4 address too short' }],
  ['ip("1.2.03.4")', { fails: 'ParseAddr("1.2.03.4"): IPv4 field has octet with leading zero' }],
  ['ip("1.2.256.4")', { fails: 'ParseAddr("1.2.256.4"): IPv4 field has value >255' }],
  ['ip("1..2.3")', { fails: 'ParseAddr("1..2.3"): IPv4 field must have at least one digit (at ".2.3")' }],
  ['ip("1.a.2.3")', { fails: 'ParseAddr("1.a.2.3"): unexpected character (at "a.2.3")' }],
  ['ip("host")', { fails: 'ParseAddr("host"): unable to parse IP' }],
  ['ip("1:2:3")', { fails: 'ParseAddr("1:2:3"): address string too short' }],
  ['ip("1::2::3")', { fails: 'ParseAddr("1::2::3"): multiple :: in address (at ":3")' }],
  ['ip("12345::")', { fails: 'ParseAddr("12345::"): each group must have 4 or less digits (at "12345::")' }],
  ['ip("1:2:3:4:5:6:7:8:9")', { fails: 'ParseAddr("1:2:3:4:5:6:7:8:9"): trailing garbage after address (at "9")' }],
  ['cidr("10.0.0.0")', { fails: 'netip.ParsePrefix("10.0.0.0"): no \'/\'' }],
  ['cidr("10.0.0.0/33")', { fails: 'netip.ParsePrefix("10.0.0.0/33"): prefix length out of range' }],
  ['cidr("10.0.0/8")', { fails: 'netip.ParsePrefix("10.0.0/8"): ParseAddr("10.0.0"): IPv4 address too short' }],
  ['isCIDR("::ffff:10.0.0.0/104")', false],
  ['type(ip("::1")) == net.CIDR', false],
  ['ip("::1") == ip("0:0:0:0:0:0:0:1") && cidr("10.0.0.1/8") != cidr("10.0.0.0/8")', true],
  ['semver("")', { fails: 'Version string empty' }],
  ['semver("1.b.3")', { fails: 'Invalid character(s) found in minor number "b"' }],
  ['semver("01.1.1")', { fails: 'Major number must not contain leading zeroes "01"' }],
  ['semver("1.2.3-01")', { fails: 'Numeric PreRelease version must not contain leading zeroes "01"' }],
  ['semver("1.2.3-a..b")', { fails: 'Prerelease is empty' }],
  ['semver("1.2.3+ä")', { fails: 'Invalid character(s) found in build meta data "ä"' }],
  ['semver("1-rc", true)', { fails: 'short version cannot contain PreRelease/Build meta data' }],
  ['semver("v1.02.003-rc.1", true) == semver("1.2.3-rc.1")', true],
]

// Facts: cel-go's ext/strings.go, which counts characters; the emoji is one.
const texts: readonly [expression: string, expected: Expected][] = [
  ['"a😀b".substring(1)', '😀b'],
  ['"a😀b".substring(2, 3)', 'b'],
  ['"a😀b".substring(3)', ''],
  ['"a😀b".substring(4)', { fails: 'index out of range: 4' }],
  ['"a😀b".substring(-1)', { fails: 'index out of range: -1' }],
  ['"a😀b".substring(1, 4)', { fails: 'index out of range: 4' }],
  ['"abc".substring(3, 1)', { fails: 'invalid substring range. start: 3, end: 1' }],
  ['"a😀b".indexOf("b")', 2n],
  ['"a😀b😀".indexOf("😀", 2)', 3n],
  ['"abc".indexOf("a", 7)', -1n],
  ['"abc".indexOf("", 7)', 7n],
  ['"abc".indexOf("a", -1)', { fails: 'index out of range: -1' }],
  ['"a😀b😀".lastIndexOf("😀")', 3n],
  ['"a😀b😀".lastIndexOf("😀", 2)', 1n],
  ['"a😀b".lastIndexOf("")', 3n],
  ['"".lastIndexOf("a")', -1n],
  ['"abc".lastIndexOf("a", 7)', -1n],
  ['"abc".lastIndexOf("a", -1)', { fails: 'index out of range: -1' }],
  ['"Aé-É".lowerAscii()', 'aé-É'],
  ['"aé-É".upperAscii()', 'Aé-É'],
  ['[1, 2, 1].lastIndexOf(1) + [1, 2].indexOf(2)', 3n],
  ['dyn("abc").indexOf("c")', 2n],
  ['"abc".substring("c")', { refused: "found no matching overload for 'substring' applied to 'string.(string)'" }],
]

const environment = createEnvironment({})

function resultOf(expression: string): unknown {
  const result = compile(environment, expression).evaluate({}, newBudget(1_000_000))
  if (typeof result !== 'object' || result === null) return result
  if ('hasValue' in result) return (result as unknown as { orValue(other: unknown): unknown }).orValue([])
  return String(result)
}

for (const [name, cases] of Object.entries({ ip, cidr, quantity, semver, format, more, texts }))
  test(`${name}: as upstream’s tests have it`, () => {
    for (const [expression, expected] of cases) {
      if (typeof expected !== 'object' || Array.isArray(expected)) {
        assert.deepEqual(resultOf(expression), expected, expression)
        continue
      }
      const pattern = 'fails' in expected ? expected.fails : (expected as { refused: string }).refused
      assert.throws(
        () => resultOf(expression),
        (error: Error) => {
          assert.ok(error.message.includes(pattern), `${expression}: ${error.message}`)
          assert.equal(error.message.startsWith('compilation failed'), 'refused' in expected, expression)
          return true
        },
      )
    }
  })
