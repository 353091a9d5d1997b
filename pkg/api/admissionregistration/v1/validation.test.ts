import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from '#api/kind-under-test.ts'

const group = 'admissionregistration.k8s.io'
const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }
const hook = (more: object = {}) => ({
  webhooks: [{ name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: 'https://a/b' }, ...more }],
})
const policy = (more: object = {}) => ({
  spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }], ...more },
})
const patch = { patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }
const mutating = (more: object = {}) => ({
  spec: { matchConstraints: { resourceRules: [rule] }, reinvocationPolicy: 'Never', mutations: [patch], ...more },
})
const binding = (more: object = {}) => ({ spec: { policyName: 'p', validationActions: ['Deny'], ...more } })
const at = 'webhooks[0]'
const resourcesAt = `${at}.rules[0].resources`
const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

const tables: Record<string, [string, Case, string[]][]> = {
  validatingwebhookconfigurations: [
    ['one', { object: hook({ rules: [rule] }) }, []],
    [
      'nothing of one',
      { object: hook({ name: '', admissionReviewVersions: [], sideEffects: undefined, clientConfig: {} }) },
      [
        `${at}.name: Required value`,
        `${at}.sideEffects: Required value: must specify one of None, NoneOnDryRun`,
        `${at}.clientConfig: Required value: exactly one of url or service is required`,
        `${at}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`,
      ],
    ],
    [
      'what is not known',
      {
        object: hook({
          name: 'a.b',
          failurePolicy: 'Try',
          matchPolicy: 'Some',
          sideEffects: 'Some',
          timeoutSeconds: 31,
          admissionReviewVersions: ['v2', 'v2', 'V'],
        }),
      },
      [
        `${at}.name: Invalid value: "a.b": should be a domain with at least three segments separated by dots`,
        `${at}.failurePolicy: Unsupported value: "Try": supported values: "Fail", "Ignore"`,
        `${at}.matchPolicy: Unsupported value: "Some": supported values: "Equivalent", "Exact"`,
        `${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`,
        `${at}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`,
        `${at}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
        `${at}.admissionReviewVersions[2]: Invalid value: "V": ${label1035}`,
        `${at}.admissionReviewVersions: Invalid value: ["v2","v2","V"]: must include at least one of v1, v1beta1`,
      ],
    ],
    ['two of a name', { object: { webhooks: [...hook().webhooks, ...hook().webhooks] } }, ['webhooks[1].name: Duplicate value: "a.b.c"']],
    [
      'rules of nothing',
      { object: hook({ rules: [{}] }) },
      ['operations', 'apiGroups', 'apiVersions', 'resources'].map((key) => `${at}.rules[0].${key}: Required value`),
    ],
    [
      'rules of everything and more',
      { object: hook({ rules: [{ operations: ['*', 'READ'], apiGroups: ['*', 'a'], apiVersions: ['*', ''], resources: ['*/*', 'pods'], scope: 'Some' }] }) },
      [
        `${at}.rules[0].operations: Invalid value: ["*","READ"]: if '*' is present, must not specify other operations`,
        `${at}.rules[0].operations[1]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
        `${at}.rules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups`,
        `${at}.rules[0].apiVersions: Invalid value: ["*",""]: if '*' is present, must not specify other API versions`,
        `${at}.rules[0].apiVersions[1]: Required value`,
        `${resourcesAt}: Invalid value: ["*/*","pods"]: if '*/*' is present, must not specify other resources`,
        `${at}.rules[0].scope: Unsupported value: "Some": supported values: "*", "Cluster", "Namespaced"`,
      ],
    ],
    [
      'resources that others hold',
      { object: hook({ rules: [{ ...rule, resources: ['pods/*', 'pods/status', '*/scale', 'a/scale', '', '*', 'b'] }] }) },
      [
        `${resourcesAt}[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`,
        `${resourcesAt}[3]: Invalid value: "a/scale": if '*/scale' is present, must not specify a/scale`,
        `${resourcesAt}[4]: Required value`,
        `${resourcesAt}: Invalid value: ["pods/*","pods/status","*/scale","a/scale","","*","b"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    [
      'an address of the wrong form',
      { object: hook({ clientConfig: { url: 'http://u@a/b?c#d' } }) },
      [
        `${at}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        `${at}.clientConfig.url: Invalid value: "u": user information is not permitted in the URL`,
        `${at}.clientConfig.url: Invalid value: "d": fragments are not permitted in the URL`,
        `${at}.clientConfig.url: Invalid value: "c": query parameters are not permitted in the URL`,
      ],
    ],
    [
      'a service of nothing',
      { object: hook({ clientConfig: { service: { port: 70000, path: 'a//b' } } }) },
      [
        `${at}.clientConfig.service.name: Required value`,
        `${at}.clientConfig.service.namespace: Required value`,
        `${at}.clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive`,
        `${at}.clientConfig.service.path: Invalid value: "a//b": must start with a '/'`,
        `${at}.clientConfig.service.path: Invalid value: "a//b": segment[0] may not be empty`,
        `${at}.clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty`,
      ],
    ],
  ],
  mutatingwebhookconfigurations: [
    ['one', { object: hook() }, []],
    [
      'a policy',
      { object: hook({ reinvocationPolicy: 'Always' }) },
      [`${at}.reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"`],
    ],
  ],
  validatingadmissionpolicies: [
    ['one', { object: policy({ paramKind: { apiVersion: 'a.io/v1', kind: 'K' }, variables: [{ name: 'v', expression: '1' }] }) }, []],
    [
      'nothing of one',
      { object: { spec: {} } },
      [
        'spec.matchConstraints: Required value',
        'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
        'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
      ],
    ],
    [
      'a kind of parameters that is none',
      { object: policy({ paramKind: { apiVersion: 'a/b/c', kind: '1' } }) },
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        `spec.paramKind.kind: Invalid value: "1": may have mixed case, but should otherwise match: ${label1035}`,
      ],
    ],
    ['no rule', { object: policy({ matchConstraints: {} }) }, ['spec.matchConstraints.resourceRules: Required value']],
    [
      'names of resources',
      { object: policy({ matchConstraints: { resourceRules: [{ ...rule, resourceNames: ['a', 'a', 'b/c'] }] } }) },
      [
        'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
        'spec.matchConstraints.resourceRules[0].resourceNames[2]: Invalid value: "b/c": may not contain \'/\'',
      ],
    ],
    [
      'variables without a name, and of a reserved one',
      { object: policy({ variables: [{}, { name: 'for', expression: '1' }] }) },
      [
        'spec.variables[0].name: Required value: name is not specified',
        'spec.variables[0].expression: Required value: expression is not specified',
        'spec.variables[1].name: Invalid value: "for": must be a valid CEL identifier',
      ],
    ],
    [
      'validations of nothing',
      {
        object: policy({
          validations: [
            { message: ' ', messageExpression: ' ', reason: 'Because' },
            { expression: 'true', message: 'a\nb' },
          ],
        }),
      },
      [
        'spec.validations[0].expression: Required value: expression is not specified',
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].reason: Unsupported value: "Because": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
        'spec.validations[1].message: Invalid value: "a\\nb": must not contain line breaks',
      ],
    ],
    [
      'annotations, twice',
      { object: policy({ auditAnnotations: [{ key: 'a' }, { key: 'a', valueExpression: "'b'" }] }) },
      ['spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified', 'spec.auditAnnotations[1].key: Duplicate value: "a"'],
    ],
  ],
  mutatingadmissionpolicies: [
    ['one', { object: mutating() }, []],
    [
      'of deletions',
      { object: mutating({ matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] } }) },
      ['spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"'],
    ],
    [
      'no change',
      { object: mutating({ mutations: [], reinvocationPolicy: '' }) },
      ['spec.mutations: Required value: mutations must contain at least one item', 'spec.reinvocationPolicy: Required value'],
    ],
    [
      'changes of the wrong type',
      {
        object: mutating({
          mutations: [
            {},
            { patchType: 'Merge' },
            { patchType: 'ApplyConfiguration', jsonPatch: { expression: '[]' } },
            { patchType: 'JSONPatch', jsonPatch: {} },
          ],
        }),
      },
      [
        'spec.mutations[0].patchType: Required value',
        'spec.mutations[1].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
        'spec.mutations[2].applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration',
        'spec.mutations[2].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration',
        'spec.mutations[3].jsonPatch.expression: Required value',
      ],
    ],
  ],
  validatingadmissionpolicybindings: [
    ['one', { object: binding({ paramRef: { name: 'n', parameterNotFoundAction: 'Deny' } }) }, []],
    [
      'nothing of one',
      { object: { spec: {} } },
      ['spec.policyName: Required value', 'spec.validationActions: Required value: at least one validation action is required'],
    ],
    [
      'actions',
      { object: binding({ validationActions: ['Deny', 'Warn', 'Warn', 'Shout'] }) },
      [
        'spec.validationActions[2]: Duplicate value: "Warn"',
        'spec.validationActions[3]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
        'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Shout"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ],
    ],
    [
      'parameters by name and label',
      { object: binding({ paramRef: { name: 'n', selector: {} } }) },
      [
        'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.parameterNotFoundAction: Required value',
      ],
    ],
    [
      'parameters by nothing',
      { object: binding({ paramRef: { parameterNotFoundAction: 'Skip' } }) },
      [
        'spec.paramRef: Required value: one of name or selector must be specified',
        'spec.paramRef.parameterNotFoundAction: Unsupported value: "Skip": supported values: "Deny", "Allow"',
      ],
    ],
  ],
  mutatingadmissionpolicybindings: [
    ['one', { object: { spec: { policyName: 'p' } } }, []],
    [
      'of deletions',
      { object: { spec: { policyName: 'p', matchResources: { resourceRules: [{ ...rule, operations: ['DELETE'] }] } } } },
      ['spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"'],
    ],
  ],
}

for (const [kind, cases] of Object.entries(tables))
  test(`${kind} are refused in the words of upstream`, () => {
    for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(`${group}/${kind}`, given), expected, name)
  })
