/**
 * Writes `recorded-reviews-1.36.json`: `K8TS_REAL_APISERVER=PROGRAM K8TS_REAL_ETCD=URL ./tools/node.sh
 * test/scenarios/configuration-golden/record-reviews.ts` starts a real kube-apiserver 1.36 with the issuers of `issuers.ts`, and keeps what its
 * TokenReviews say.
 */
import { request } from 'node:https'
import { writeFileSync } from 'node:fs'
import { startIssuers } from './issuers.ts'
import { startReal } from './real.ts'
import { reviewAll } from './reviews.ts'

const issuers = await startIssuers()
const real = await startReal({ 'authentication.yaml': issuers.configuration }, ['--authentication-config=DIR/authentication.yaml'])
// Its authenticators ask their issuers in the background.
await new Promise((resolve) => setTimeout(resolve, 3000))
const answers = await reviewAll(issuers, (token) => post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } }))
writeFileSync(new URL('recorded-reviews-1.36.json', import.meta.url), `${JSON.stringify(answers, null, 1)}\n`)
real.stop()
issuers.close()

function post(path: string, body: object): Promise<any> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${real.token}`, 'content-type': 'application/json' }
    const asking = request(`${real.url}${path}`, { method: 'POST', headers, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve(JSON.parse(text)))
    })
    asking.on('error', reject)
    asking.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', ...body }))
  })
}
