/** kubectl completion: scripts that ask this program for the words. */
import { CommandError } from '../errors.ts'
import type { Command } from '../types.ts'

const scripts: Readonly<Record<string, string>> = {
  bash: `_kubectl_complete() {
  local words=() word line directive=0 i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # bash parts words at = and : too, where kubectl wants them whole.
    if ((i > 1)) && [[ "$word" == [=:]* || "\${COMP_WORDS[i-1]}" == [=:] ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  word=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == :* ]]; then directive=\${line#:}; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(kubectl __completeNoDesc "\${words[@]}" 2>/dev/null)
  # It puts in only what comes after the last of them.
  if [[ "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*:}"}"}"); fi
  ((directive & 2)) && compopt -o nospace
  ((directive & 4)) && compopt +o default
  return 0
}
complete -o default -F _kubectl_complete kubectl
`,
  zsh: `#compdef kubectl
_kubectl() {
  local -a found
  found=(\${(f)"$(kubectl __completeNoDesc "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  local directive=\${found[-1]#:}
  found=(\${found[1,-2]})
  if (( directive & 2 )); then compadd -S '' -- $found; else compadd -- $found; fi
  (( directive & 4 )) || _files
}
compdef _kubectl kubectl
`,
  fish: `complete -c kubectl -f -a '(kubectl __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null | string match -v ":*")'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName kubectl -ScriptBlock {
  param($word, $ast, $position)
  $given = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $given += '' }
  kubectl __completeNoDesc @given 2>$null | Where-Object { $_ -notmatch '^:' }
}
`,
}

export const command: Command = {
  summary: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell).',
  usage: 'SHELL',
  async run({ args, out, path }) {
    if (args.length !== 1)
      throw new CommandError(
        `error: ${args.length === 0 ? 'Shell not specified.' : 'Too many arguments. Expected only the shell type.'}\nSee '${path} -h' for help and examples`,
      )
    const script = scripts[args[0]!]
    if (!script) throw new CommandError(`error: Unsupported shell type ${JSON.stringify(args[0])}.\nSee '${path} -h' for help and examples`)
    out(script)
  },
}
