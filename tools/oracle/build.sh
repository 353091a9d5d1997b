#!/bin/sh
# Builds Kubernetes' own programs, whose answers ours are held against (docs/decisions/0011): tools/oracle/build.sh DIR [PROGRAM ...]
# Needs Go and a module proxy; nothing of it is ever committed, and neither product nor tests need it. Takes some five minutes.
set -eu
version=1.36.1
[ $# -ge 1 ] || { echo "usage: tools/oracle/build.sh DIR [PROGRAM ...]" >&2; exit 2; }
mkdir -p "$1/src" "$1/bin"
dir=$(cd "$1" && pwd)
shift
cd "$dir/src"
rm -f go.mod go.sum
module=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
# What Kubernetes' own go.mod requires; the staging modules, which it has at v0.0.0 beside it, from where they are published.
node - "$module" "$version" > go.mod <<'JS'
const { readFileSync } = require('node:fs')
const [, , file, version] = process.argv
const text = readFileSync(file, 'utf8')
const staged = version.replace(/^1/, 'v0')
const required = [...text.matchAll(/^\s+(\S+\/\S+) (v\S+)/gm)].map(([, name, at]) => [name, at === 'v0.0.0' ? staged : at])
const staging = required.filter(([, at]) => at === staged).map(([name]) => name)
const go = /^go .*/m.exec(text)[0]
console.log(['module oracle', go, `require (\nk8s.io/kubernetes v${version}`, ...required.map((each) => each.join(' ')), ')', 'replace (', ...staging.map((name) => `${name} => ${name} ${staged}`), ')'].join('\n'))
JS
package=k8s.io/component-base/version
flags="-X $package.gitVersion=v$version -X $package.gitMajor=1 -X $package.gitMinor=36 -X $package.gitTreeState=clean"
for program in ${*:-kube-apiserver kube-controller-manager kube-scheduler kubectl kubelet kube-proxy}; do
  GOFLAGS=-mod=mod go build -buildvcs=false -ldflags "$flags" -o "$dir/bin/$program" "k8s.io/kubernetes/cmd/$program"
  echo "built $dir/bin/$program"
done
