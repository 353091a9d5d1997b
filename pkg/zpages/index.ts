/** /flagz and /statusz of every server. */
export { answerZPage, isForPeople, type ZPage, type ZPageAnswer, type ZPageRequest } from './answer.ts'
export { flagzPage } from './flagz.ts'
export { type StatuszFacts, statuszPage } from './statusz.ts'
