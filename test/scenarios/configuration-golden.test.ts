/** Configuration files and flags are refused in the words of kube-apiserver 1.36.1, as `configuration-golden/record.ts` recorded them. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { loadAuthenticationConfiguration, validateAuthenticationConfiguration } from '#apiserver/authn/configuration.ts'
import { unionTokenAuthenticator } from '#apiserver/authn/bearer-token.ts'
import { oidcAuthenticator } from '#apiserver/authn/oidc/index.ts'
import { tokenReviewHandler } from '#apiserver/authn/reviews.ts'
import { defaultIssuer } from '#apiserver/authn/token-issuer.ts'
import { optionsOf, parseFlags } from '#apiserver/flags/index.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { flagsOf, prepare } from './configuration-golden/files.ts'
import { lists } from './configuration-golden/index.ts'
import { startIssuers } from './configuration-golden/issuers.ts'
import { isKnown } from './configuration-golden/known.ts'
import { reviewAll } from './configuration-golden/reviews.ts'
import { type ConfigurationCase, keyOf } from './configuration-golden/types.ts'

const recorded: Record<string, Record<string, string>> = JSON.parse(readFileSync(new URL('configuration-golden/recorded-1.36.json', import.meta.url), 'utf8'))
const directory = mkdtempSync(join(tmpdir(), 'k8ts-configuration-'))
prepare(directory)
after(() => rmSync(directory, { recursive: true }))

for (const [name, list] of Object.entries(lists)) {
  test(`${name}: each is refused as the recorded one was, or taken`, () => {
    assert.deepEqual(Object.keys(recorded[name]!), list.map(keyOf))
    const parted = list.filter((each) => refusal(each) !== recorded[name]![keyOf(each)]).map(keyOf)
    const unexpected = parted.filter((key) => !isKnown(name, key))
    for (const key of unexpected) console.error(`${key}\n  theirs: ${recorded[name]![key]}\n  ours:   ${refusal(list.find((each) => keyOf(each) === key)!)}`)
    assert.deepEqual(unexpected, [])
  })
}

function refusal(each: ConfigurationCase): string {
  try {
    optionsOf(parseFlags(flagsOf(each, directory).join('\n')), { clock: systemClock, log: silentLogger })
    return ''
  } catch (error) {
    return (error as Error).message.replaceAll(directory, 'DIR')
  }
}

test('tokens of configured issuers are reviewed as kube-apiserver reviews them', async () => {
  const recordedReviews: Record<string, unknown> = JSON.parse(readFileSync(new URL('configuration-golden/recorded-reviews-1.36.json', import.meta.url), 'utf8'))
  const issuers = await startIssuers()
  try {
    const configuration = loadAuthenticationConfiguration(issuers.configuration)
    validateAuthenticationConfiguration(configuration)
    const tokens = unionTokenAuthenticator(configuration.jwt.map((config) => oidcAuthenticator({ config, clock: systemClock })))
    const review = tokenReviewHandler(tokens, [defaultIssuer])
    const answers = await reviewAll(issuers, (token) => review({ spec: { token } } as never, {} as never) as never)
    const parted = Object.keys({ ...recordedReviews, ...answers }).filter((key) => !isDeepStrictEqual(answers[key], recordedReviews[key]))
    for (const key of parted.filter((each) => !isKnown('reviews', each)))
      console.error(`${key}\n  theirs: ${JSON.stringify(recordedReviews[key])}\n  ours:   ${JSON.stringify(answers[key])}`)
    assert.deepEqual(
      parted.filter((key) => !isKnown('reviews', key)),
      [],
    )
  } finally {
    issuers.close()
  }
})
