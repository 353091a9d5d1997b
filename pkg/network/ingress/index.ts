export { controllerName } from './routes/compile.ts'
export { type IngressOptions, type RunningIngress, startIngress } from './start-ingress.ts'
