#!/bin/sh
# Runs the pinned Node.js that npm installed. In this checkout, `import … from 'k8ts'` is the sources.
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
exec "$here/node_modules/node/bin/node" --disable-warning=ExperimentalWarning --conditions=k8ts-source "$@"
