export { controllerName } from './compile.ts'
export { type IngressOptions, type RunningIngress, startIngress } from './start-ingress.ts'
