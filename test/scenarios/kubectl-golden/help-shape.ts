/** What of a command's help is no prose: its usage line, its flags with their letters and defaults, its subcommands and their headings. */
export interface HelpShape {
  readonly usage: string
  readonly flags: readonly string[]
  readonly commands: readonly string[]
}

export function helpShape(text: string): HelpShape {
  const lines = text.split('\n')
  const flags = lines.filter((line) => /^ {4}(-\w, )?--[\w-]+=.*:$/.test(line)).map((line) => line.trim().slice(0, -1))
  const commands: string[] = []
  let heading = ''
  for (const line of lines) {
    if (/^[A-Z].*:$/.test(line)) heading = line
    else if (line === '') heading = ''
    else if (/Commands.*:$/.test(heading)) commands.push(`${heading} ${/^ {2}(\S+)/.exec(line)?.[1]}`)
  }
  return { usage: (lines[lines.indexOf('Usage:') + 1] ?? '').trim(), flags, commands }
}

/** What upstream changed since the program on PATH, and what is ours alone; by command, as it stands in the shape. */
export const newer: Readonly<Record<string, readonly string[]>> = {
  'kubectl api-resources': ['--show-managed-fields=false'],
  'kubectl config set-context': ["-n, --namespace=''"],
  'kubectl diff': ['--show-secrets=false'],
  'kubectl run': ["--detach-keys='ctrl-p,ctrl-q'"],
  'kubectl attach': ["--detach-keys='ctrl-p,ctrl-q'"],
  'kubectl explain': ["-o, --output='plaintext'", '-R, --recursive=false'],
  'kubectl get': ['--really-all=false'],
  'kubectl autoscale': ["--cpu=''", "--memory=''"],
  'kubectl top node': ['--show-swap=false'],
  'kubectl top pod': ['--show-swap=false'],
  'kubectl debug': ["--profile='general'"],
  'kubectl wait': ['--for=[]'],
}
export const older: Readonly<Record<string, readonly string[]>> = {
  'kubectl config set-context': ["--namespace=''"],
  'kubectl explain': ["--output='plaintext'", '--recursive=false'],
  'kubectl autoscale': ['--cpu-percent=-1'],
  'kubectl debug': ["--profile='legacy'"],
  'kubectl wait': ["--for=''"],
}
