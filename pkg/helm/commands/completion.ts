/** `helm completion`: scripts that ask `helm __complete`. */
import type { Command, CommandEntry } from '../types.ts'

const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion for helm
__helm_complete() {
  local line words
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :2 | :6) compopt -o nospace ;;&
      :4 | :6) compopt +o default ;;
      :*) ;;
      _activeHelp_*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __completeNoDesc "\${words[@]}" 2>/dev/null)
}
complete -o default -F __helm_complete helm
`,
  zsh: `#compdef helm
compdef _helm helm
_helm() {
  local line
  local -a found
  while IFS= read -r line; do
    [[ "$line" == :* || "$line" == _activeHelp_* ]] && continue
    found+=("\${\${line/:/\\\\:}/$'\\t'/:}")
  done < <(\${words[1]} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe helm found; else _files; fi
}
`,
  fish: `# fish completion for helm
function __helm_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null | string match -v -r '^(:|_activeHelp_)'
end
complete -c helm -f -a '(__helm_complete)'
`,
  powershell: `# powershell completion for helm
Register-ArgumentCompleter -Native -CommandName helm -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  helm __completeNoDesc @words 2>$null | Where-Object { $_ -notmatch '^(:|_activeHelp_)' } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`,
}

const sub = (shell: string): CommandEntry => ({
  name: shell,
  summary: `generate autocompletion script for ${shell}`,
  load: async () => ({
    usage: '[flags]',
    about: `Prints the script for ${shell}.`,
    arguments: { max: 0 },
    flags: [{ name: 'no-descriptions', type: 'bool', default: 'false', usage: 'words alone' }],
    async run({ flags, out }) {
      const script = scripts[shell]!
      out(flags.bool('no-descriptions') ? script.replaceAll('__complete ', '__completeNoDesc ') : script)
    },
  }),
})

export const completion: Command = {
  about: 'Prints a script with which a shell completes helm lines: source <(helm completion bash).',
  subcommands: Object.keys(scripts).sort().map(sub),
}
