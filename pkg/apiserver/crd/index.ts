/** Custom resources. In: CustomResourceDefinitions. Out: kinds that the registry serves. Upstream: apiextensions-apiserver. */
export { converterOf } from './convert.ts'
export { CustomResources, type CustomResourcesOptions, type Serving } from './controller.ts'
export { isCustomResourceDefinition, withSchemaChecks } from './definition.ts'
