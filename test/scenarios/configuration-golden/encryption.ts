/** Files for --encryption-provider-config. */
import { cases } from './types.ts'

const file = (body: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n${body}`
const key32 = Buffer.alloc(32, 7).toString('base64')
const of = (resources: string, providers = '[{identity: {}}]'): string => file(`resources: [{resources: ${resources}, providers: ${providers}}]\n`)
const by = (provider: string): string => of('[secrets]', `[${provider}]`)
const aes = (keys: string): string => by(`{aescbc: {keys: ${keys}}}`)
const kms = (fields: string): string => by(`{kms: {${fields}}}`)

export const encryption = [
  ...cases('encryption-provider-config', [
    '',
    'a',
    'kind: EncryptionConfiguration\n',
    'apiVersion: v1\nkind: EncryptionConfig\n',
    'apiVersion: apiserver.config.k8s.io/v1beta1\nkind: EncryptionConfiguration\n',
    'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n',
    file(''),
    file('gone: 1\n'),
    file('resources: []\n'),
    file('resources: [{}]\n'),
    file('resources: [{resources: secrets}]\n'),
    file('resources: [{resources: [secrets], providers: [{gone: 1}]}]\n'),
    of('[secrets, secrets]'),
    of("[secrets, '*.']"),
    of("['*.*', pods]"),
    of("['*.', '*.apps']"),
    of("['*.apps', deployments.apps, deployments.apps]"),
    of('[Secrets]'),
    of("['*']"),
    of('[apiserveripinfo]'),
    of('[serviceipallocations]'),
    of('[events.events.k8s.io]'),
    of('[deployments.extensions]'),
    of("['pods.*']"),
    of("['*.*']"),
    of("['*.']", '[]'),
    file('resources: [{resources: ["*."], providers: [{identity: {}}]}, {resources: [secrets], providers: [{identity: {}}]}]\n'),
    file('resources: [{resources: ["*.*"], providers: [{identity: {}}]}, {resources: [deployments.apps], providers: [{identity: {}}]}]\n'),
    file('resources: [{resources: ["*.apps"], providers: [{identity: {}}]}, {resources: [deployments.apps], providers: [{identity: {}}]}]\n'),
    by('{}'),
    by('{identity: {}, aesgcm: {keys: []}}'),
    by('{aesgcm: {keys: []}}'),
    by('{secretbox: {keys: []}}'),
    by('{secretbox: {keys: [{name: a, secret: YQ==}]}}'),
    by('{aesgcm: {keys: [{name: a, secret: YQ==}]}}'),
    aes('[{}]'),
    aes('[{name: a}]'),
    aes(`[{secret: ${key32}}]`),
    aes('[{name: a, secret: "?"}]'),
    aes('[{name: a, secret: c2VjcmV0}]'),
    aes(`[{name: a, secret: ${key32}, gone: 1}]`),
    kms(''),
    kms('name: a'),
    kms('apiVersion: v2, name: a'),
    kms('apiVersion: v2, name: "a:b", endpoint: "unix:///a.sock"'),
    kms('apiVersion: v3, name: a, endpoint: "unix:///a.sock"'),
    kms('apiVersion: v2, name: a, endpoint: "http://a"'),
    kms('apiVersion: v2, name: a, endpoint: "unix:///a%zz"'),
    kms('apiVersion: v2, name: a, endpoint: "unix:///a.sock", cachesize: 5'),
    kms('apiVersion: v1, name: a, endpoint: "unix:///a.sock", cachesize: 0'),
    kms('apiVersion: v2, name: a, endpoint: "unix:///a.sock", timeout: 0s'),
    kms('apiVersion: v2, name: a, endpoint: "unix:///a.sock", timeout: -1s'),
    kms('apiVersion: v1, name: a, endpoint: "unix:///a.sock"'),
    by('{kms: {apiVersion: v2, name: a, endpoint: "unix:///a.sock"}}, {kms: {apiVersion: v2, name: a, endpoint: "unix:///b.sock"}}'),
  ]),
]
