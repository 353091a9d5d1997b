#!/bin/sh
# A real control plane on the loopback interface, to record from: tools/oracle/start.sh DIR NAME PORT, where build.sh has built into DIR.
# etcd (Debian's, or ETCD=PROGRAM) and kube-apiserver at PORT to PORT+2; with CM=1 kube-controller-manager, with SCHED=1 kube-scheduler.
# API_ARGS, CM_ARGS and SCHED_ARGS are added to their flags. The token oracle-admin is one of system:masters. End it with stop.sh DIR NAME.
set -eu
[ $# -eq 3 ] || { echo "usage: tools/oracle/start.sh DIR NAME PORT" >&2; exit 2; }
bin=$(cd "$1/bin" && pwd)
run=$1/run/$2
port=$3
[ ! -e "$run/pids" ] || { echo "$2 runs already; tools/oracle/stop.sh $1 $2" >&2; exit 1; }
mkdir -p "$run"
cd "$run"
authority() { openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -subj "/CN=$2" -days 30 2>/dev/null; }
authority ca kubernetes
authority front front-proxy-ca
openssl req -newkey rsa:2048 -nodes -keyout proxy.key -out proxy.csr -subj /CN=front-proxy-client 2>/dev/null
openssl x509 -req -in proxy.csr -CA front.crt -CAkey front.key -CAcreateserial -out proxy.crt -days 30 2>/dev/null
openssl genrsa -out accounts.key 2048 2>/dev/null
printf '%s\n' 'oracle-admin,admin,admin,system:masters' 'oracle-manager,system:kube-controller-manager,manager' 'oracle-scheduler,system:kube-scheduler,scheduler' > tokens.csv
kubeconfig() {
  cat > "$1" <<Y
{apiVersion: v1, kind: Config, current-context: oracle, contexts: [{name: oracle, context: {cluster: oracle, user: oracle}}],
clusters: [{name: oracle, cluster: {server: "https://127.0.0.1:$port", insecure-skip-tls-verify: true}}], users: [{name: oracle, user: {token: $2}}]}
Y
}
kubeconfig kubeconfig oracle-admin
begin() {
  log=$1.log
  shift
  "$@" > "$log" 2>&1 &
  echo $! >> pids
}
begin etcd "${ETCD:-etcd}" --data-dir etcd --unsafe-no-fsync --listen-client-urls "http://127.0.0.1:$((port + 1))" --advertise-client-urls "http://127.0.0.1:$((port + 1))" \
  --listen-peer-urls "http://127.0.0.1:$((port + 2))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 2))" --initial-cluster "default=http://127.0.0.1:$((port + 2))"
begin kube-apiserver "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$((port + 1))" --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$port" \
  --client-ca-file ca.crt --cert-dir certificates --token-auth-file tokens.csv --authorization-mode Node,RBAC --allow-privileged \
  --service-account-key-file accounts.key --service-account-signing-key-file accounts.key --service-account-issuer https://kubernetes.default.svc \
  --service-cluster-ip-range "${SERVICE_RANGE:-10.96.0.0/16}" --endpoint-reconciler-type none --enable-aggregator-routing \
  --requestheader-client-ca-file front.crt --requestheader-allowed-names front-proxy-client --requestheader-username-headers X-Remote-User \
  --requestheader-group-headers X-Remote-Group --requestheader-extra-headers-prefix X-Remote-Extra- --proxy-client-cert-file proxy.crt --proxy-client-key-file proxy.key ${API_ARGS:-}
tries=90
until curl -sk -H 'Authorization: Bearer oracle-admin' "https://127.0.0.1:$port/readyz" 2>/dev/null | grep -qx ok; do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || { echo "kube-apiserver is not ready: $run/kube-apiserver.log" >&2; exit 1; }
  sleep 1
done
component() {
  kubeconfig "$1.kubeconfig" "$2"
  program=$1
  at=$3
  shift 3
  begin "$program" "$bin/$program" --kubeconfig "$program.kubeconfig" --authentication-kubeconfig "$program.kubeconfig" --authorization-kubeconfig "$program.kubeconfig" \
    --bind-address 127.0.0.1 --secure-port "$at" --leader-elect=false "$@"
}
[ -z "${CM:-}" ] || component kube-controller-manager oracle-manager $((port + 3)) --use-service-account-credentials --service-account-private-key-file accounts.key \
  --root-ca-file ca.crt --cluster-signing-cert-file ca.crt --cluster-signing-key-file ca.key --controllers '*,bootstrap-signer-controller,token-cleaner-controller' ${CM_ARGS:-}
[ -z "${SCHED:-}" ] || component kube-scheduler oracle-scheduler $((port + 4)) ${SCHED_ARGS:-}
echo "K8TS_REAL_API=https://127.0.0.1:$port K8TS_REAL_API_TOKEN=oracle-admin K8TS_REAL_KUBECONFIG=$PWD/kubeconfig"
