/** What differs between two runs of one command for no reason of the command's: ages, times, padding that follows from them, uids, versions. */
export function normalise(text: string): string {
  return (
    text
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
      .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME')
      .replace(/(?<![\w.-])(\d+[smhdy])+(?![\w.-])/g, 'AGE')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
      .replace(/(resourceVersion"?:\s*"?)\d+/gi, '$1RV')
      .replace(/(Resource Version:\s+)\d+/g, '$1RV')
      .replace(/\bapplyset-[\w-]{43}-v1\b/g, 'APPLYSET')
      .replace(/(applyset\.kubernetes\.io\/tooling"?:\s*"?kubectl)\/v[\d.]+/g, '$1/VERSION')
      // The two sides of a change work in namespaces and on names of their own.
      .replace(/\b(ours|real)\b/g, 'SIDE')
      .replace(/^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ /gm, 'LOG ')
      .replace(/\b127\.0\.0\.1:\d+/g, 'SERVER')
      .replace(/\b10\.96\.\d+\.\d+\b/g, 'CLUSTER-IP')
      .replace(/\b3\d{4}\/(TCP|UDP)/g, 'NODE-PORT/$1')
      .replaceAll('kubectl.1.33', 'kubectl')
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, 'TIME')
      .replace(/(NodePort"?:\s+)3\d{4}\b/gi, '$1NODE-PORT')
      .replace(/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-TOKEN')
      .replace(/\/tmp\/k8ts-kubectl-\w{6}/g, 'DIR')
      .replace(/X509SHA256=[0-9a-f]{64}/g, 'X509SHA256')
      .replace(/\bdebugger-[a-z0-9]{5}\b/g, 'DEBUGGER')
      .replace(/age: [\dhm.]+s$/gm, 'age: AGE')
      .replace(/\/tmp\/kubectl-edit-\d+\b/g, '/tmp/kubectl-edit')
      .replace(/(resource version to be \d+, was) \d+/g, '$1 RV')
      .replace(/\/tmp\/(LIVE|MERGED)-[\w]+/g, '/tmp/$1')
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g, 'TIME')
      // An age that is a letter longer moves the columns after it.
      .replace(/(AGE|TIME|SIDE|CLUSTER-IP|NODE-PORT\/TCP)( +)/g, '$1 ')
      .replace(/(\S) {2,}(?=(AGE|TIME|SIDE|CLUSTER-IP)\b)/g, '$1  ')
  )
}
