export { startPolicy, type PolicyEnforcer, type PolicyOptions } from './start-policy.ts'
