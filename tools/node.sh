#!/bin/sh
# Runs the pinned Node.js that npm installed.
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
exec "$here/node_modules/node/bin/node" --disable-warning=ExperimentalWarning "$@"
