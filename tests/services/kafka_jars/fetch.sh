#!/usr/bin/env bash
# Fetch the jars of the broker that tests start, once for each pom.xml, and print the
# folder that they are in. Where from is a matter of Maven's settings on the machine.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
pom=$here/pom.xml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wirepact-tests
jars=$cache/kafka-$(sha256sum "$pom" | cut -c 1-16)

if [ -d "$jars" ]; then
  echo "$jars"
  exit
fi
command -v mvn >/dev/null || {
  echo 'kafka: Maven is not installed: `make services` installs it on Debian' >&2
  exit 3
}

mkdir -p "$cache"
# Nobody sees a folder that is half full: it gets its name when it is whole.
part=$(mktemp -d "$cache/kafka-XXXXXX")
trap 'rm -rf "$part"' EXIT

copy() {
  mvn --batch-mode --quiet --strict-checksums --file "$pom" \
    org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$part/jars" >&2 </dev/null
}

for attempt in 1 2 3 4; do
  copy && break
  echo "kafka: attempt $attempt to fetch the jars failed" >&2
  [ "$attempt" != 4 ] || exit 1
  sleep $((attempt * 5))
done

# Another run may have been faster: what it has is the same.
mv -T "$part/jars" "$jars" 2>/dev/null || [ -d "$jars" ]
echo "$jars"
