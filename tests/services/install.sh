#!/usr/bin/env bash
# Install what the tests and the benchmarks need, from Debian. Nothing is started and
# no default database cluster is made: the tests start their own, in private folders.
#
#   tests/services/install.sh            everything in the table
#   tests/services/install.sh postgres   the rows named
set -euo pipefail

# name | a command or path (globs allowed) that shows it is there | packages
TABLE='
postgres | /usr/lib/postgresql/*/bin/initdb | postgresql
wrk      | wrk                              | wrk
node     | npm                              | nodejs npm
redis    | redis-server                     | redis-server
rabbitmq | rabbitmq-server                  | rabbitmq-server
nats     | nats-server                      | nats-server
java     | java                             | openjdk-17-jre-headless
maven    | mvn                              | maven
'
# Rows that are installed only when they are named.
ON_REQUEST='
python   | /usr/lib/python3.11/ensurepip    | python3.11 python3.11-venv
'

trim() { sed 's/^ *//; s/ *$//' <<<"$1"; }

# Of a glob, compgen lists the files; of a name, `command` finds it on the path.
is_present() { compgen -G "$1" >/dev/null || command -v "$1" >/dev/null; }

# The packages of the rows that are asked for and absent, one row a line.
missing() {
  local rows=$TABLE name proof packages
  [ $# -eq 0 ] || rows=$TABLE$ON_REQUEST
  while IFS='|' read -r name proof packages; do
    name=$(trim "$name") proof=$(trim "$proof")
    [ -n "$name" ] || continue
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    is_present "$proof" || trim "$packages"
  done <<<"$rows"
}

retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return
    echo "attempt $attempt failed: $*" >&2
    sleep $((attempt * 5))
  done
  return 1
}

POLICY=/usr/sbin/policy-rc.d
KEPT=$POLICY.wirepact-kept

restore_policy() {
  rm -f "$POLICY"
  if [ -e "$KEPT" ]; then mv "$KEPT" "$POLICY"; fi
}

# A package that starts a server on the machine's ports would be in the way of
# whatever runs there already.
forbid_starting() {
  # A run that was killed left its own policy behind; what it had kept counts.
  if [ -e "$POLICY" ] && [ ! -e "$KEPT" ]; then mv "$POLICY" "$KEPT"; fi
  trap restore_policy EXIT
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}

# Only before the first PostgreSQL: on a machine that has one, its owner decides.
forbid_default_cluster() {
  local conf=/etc/postgresql-common/createcluster.conf
  [ ! -e "$conf" ] || return 0
  mkdir -p "$(dirname "$conf")"
  echo 'create_main_cluster = false' >"$conf"
}

for name in "$@"; do
  grep -q "^$name *|" <<<"$TABLE$ON_REQUEST" || {
    echo "services: no row is called '$name'" >&2
    exit 2
  }
done

packages=$(missing "$@" | xargs)
if [ -z "$packages" ]; then
  echo 'services: all present'
  exit
fi
if [ "$(id -u)" != 0 ]; then
  echo "services: root is needed to install: $packages" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "services: without apt-get; install by hand: $packages" >&2
  exit 1
fi

echo "services: installing $packages"
export DEBIAN_FRONTEND=noninteractive
forbid_starting
forbid_default_cluster
log=$(mktemp)
install_packages() {
  apt-get update -q </dev/null &&
    # --force-confold: our createcluster.conf stays where the package brings its own.
    apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold \
      $packages </dev/null
}
retry install_packages >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
rm -f "$log"

packages=$(missing "$@" | xargs)
[ -z "$packages" ] || {
  echo "services: still missing after the installation: $packages" >&2
  exit 1
}
