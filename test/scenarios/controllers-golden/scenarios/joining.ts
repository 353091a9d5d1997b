/** Tokens that let machines join: what is signed by them, and which go. Looked at in kube-system and kube-public. */
import { configMaps, secrets } from '#api/gen/resources.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, make, remove, step } from './steps.ts'

const within =
  (namespace: string, act: Step['act']): Step['act'] =>
  (place) =>
    act({ ...place, namespace })
const clusterInfo = 'cluster-info'
const content = (server: string): string => `apiVersion: v1\nkind: Config\nclusters: [{name: "", cluster: {server: "${server}"}}]\n`
const token = (name: string, data: Readonly<Record<string, string>>, type = 'bootstrap.kubernetes.io/token'): Step['act'] =>
  within('kube-system', make(secrets, `bootstrap-token-${name}`, { type, stringData: { 'token-secret': '0123456789abcdef', ...data } }))
const signing = { 'usage-bootstrap-signing': 'true' }
const changeToken = (name: string, stringData: object): Step['act'] => within('kube-system', change(secrets, `bootstrap-token-${name}`, { stringData }))

export const joiningScenarios: readonly Scenario[] = [
  {
    name: 'joining',
    steps: [
      step(
        'a kubeconfig for everybody',
        within('kube-public', async (place) => {
          await remove(configMaps, clusterInfo)(place).catch(() => undefined)
          await make(configMaps, clusterInfo, { data: { kubeconfig: content('https://192.0.2.1:6443') } })(place)
        }),
      ),
      step('a token', token('gldn01', { 'token-id': 'gldn01', ...signing })),
      step(
        'others',
        all(
          token('gldn02', { 'token-id': 'gldn02', 'usage-bootstrap-authentication': 'true' }),
          token('gldn03', { 'token-id': 'gldn04', ...signing }),
          token('gldn05', { 'token-id': 'gldn05', expiration: '2020-01-01T00:00:00Z', ...signing }),
          token('gldn06', { 'token-id': 'gldn06', expiration: '2099-01-01T00:00:00+01:00', ...signing }),
          token('gldn07', { 'token-id': 'gldn07', expiration: 'never', ...signing }),
          token('gldn08', { 'token-id': 'gldn08', ...signing }, 'Opaque'),
          token('gldn09', { 'token-id': 'gldn09', ...signing, 'usage-bootstrap-signing': 'yes' }),
        ),
      ),
      step('another kubeconfig', within('kube-public', change(configMaps, clusterInfo, { data: { kubeconfig: content('https://192.0.2.2:6443') } }))),
      step('signed by somebody else', within('kube-public', change(configMaps, clusterInfo, { data: { 'jws-kubeconfig-other0': 'x', note: 'kept' } }))),
      step('another secret', changeToken('gldn01', { 'token-secret': 'fedcba9876543210' })),
      step('its time is over', changeToken('gldn06', { expiration: '2021-01-01T00:00:00Z' })),
      step('no token', within('kube-system', remove(secrets, 'bootstrap-token-gldn01'))),
      step('no kubeconfig', within('kube-public', change(configMaps, clusterInfo, { data: { kubeconfig: null } }))),
      step('gone', within('kube-public', remove(configMaps, clusterInfo))),
      step(
        'tidied',
        within('kube-system', async (place) => {
          for (const end of ['02', '03', '07', '08', '09']) await remove(secrets, `bootstrap-token-gldn${end}`)(place).catch(() => undefined)
        }),
      ),
    ],
  },
]
