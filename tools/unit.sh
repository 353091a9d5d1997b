#!/bin/sh
# The unit tests, on two cores. Files share two processes, since starting one a file and loading the same modules there is
# most of the time; files with hooks of their own at top level, which would be everybody's, get a process each.
# Not here: `*.real.test.ts` (the kernel, containerd, other people's programs) and `*.faults.test.ts` (histories of trouble).
set -eu
cd "$(dirname -- "$0")/.."
# Stripping types of the same files again for each process would be most of what is left.
NODE_COMPILE_CACHE="$PWD/.k8ts/compile-cache"
export NODE_COMPILE_CACHE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find pkg cmd tools test -name '*.test.ts' -not -name '*.real.test.ts' -not -name '*.faults.test.ts' -not -path 'test/e2e/*' -not -path 'test/scenarios/*' | sort >"$work/all"
xargs grep -LE '^(before|after)(Each)?\(' <"$work/all" >"$work/shared" || true
grep -vxFf "$work/shared" "$work/all" >"$work/alone" || true
awk 'NR % 2' "$work/shared" >"$work/first"
awk 'NR % 2 == 0' "$work/shared" >"$work/second"

run() {
  name=$1
  shift
  # shellcheck disable=SC2046 # one argument a file
  ./tools/node.sh --test --test-reporter=dot "$@" $(cat "$work/$name") >"$work/$name.log" 2>&1
}

run first --test-isolation=none &
first=$!
failed=''
run second --test-isolation=none || failed="$failed second"
run alone --test-concurrency=1 || failed="$failed alone"
wait "$first" || failed="$failed first"
for name in $failed; do
  grep -vE '^[.X]+$' "$work/$name.log"
done
if [ -n "$failed" ]; then
  echo "unit tests failed" >&2
  exit 1
fi
echo "unit tests passed: $(wc -l <"$work/all") files"
