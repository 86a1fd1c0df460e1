# Shared by the benchmarks: one private PostgreSQL (its defaults, fsync on), a daemon on it, both gone at the end.
# shellcheck shell=bash
#
# What differs from PostgreSQL's defaults is named here and printed with the figures: jit off, shared_buffers 512 MB,
# max_wal_size 4 GB, max_connections 200.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$(basename "$0"): $*"; exit 1; }

# package COMMAND PACKAGE: installs what a benchmark needs besides Deploy/prerequisites.
package() {
    command -v "$1" >/dev/null && return
    say "Installing $2 (for $1)."
    if [ "$(id -u)" = 0 ]; then apt-get -qq install --yes --no-install-recommends "$2" >&2
    else sudo apt-get -qq install --yes --no-install-recommends "$2" >&2; fi
}

# build PRODUCT: builds it as it is released, and prints where it is.
build() {
    # In one line: `set -e` does not reach into a substitution.
    Deploy/build "$1" >&2 && Deploy/build --path "$1"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/placeguard-bench.XXXXXX")
chmod 755 "$work"
daemon=
# Where the daemon and the commands keep their state: the service account must reach it.
state=$work/state
pg_bin=$(pg_config --bindir)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# shellcheck disable=SC2317  # called by the trap
finish() {
    status=$?
    trap - EXIT
    [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
    if [ -d "$work/data" ]; then as_postgres "$pg_bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true; fi
    if [ "$status" != 0 ] && [ -f "$work/daemon.log" ]; then tail -n 20 "$work/daemon.log" >&2; fi
    rm -rf -- "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# start_cluster: a PostgreSQL of its own with the database that Deploy/bootstrap.sql prepares; psql and pgbench reach it.
start_cluster() {
    mkdir -m 777 "$work/socket"
    if [ "$(id -u)" = 0 ]; then chown postgres "$work"; fi
    as_postgres "$pg_bin/initdb" -D "$work/data" -U postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
        --auth=trust >/dev/null
    as_postgres tee -a "$work/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$work/socket'
max_connections = 200
jit = off
shared_buffers = '512MB'
max_wal_size = '4GB'
CONF
    as_postgres "$pg_bin/pg_ctl" -D "$work/data" -l "$work/postgres.log" -w start >/dev/null
    export PGHOST=$work/socket PGUSER=postgres PGOPTIONS=--client-min-messages=warning
    createdb --encoding=UTF8 --template=template0 placeguard
    psql -qXd placeguard -f Deploy/bootstrap.sql >/dev/null
    mkdir -m 700 "$state"
    if [ "$(id -u)" = 0 ]; then chown postgres "$state"; export PLACEGUARD_SERVICE_ACCOUNT=postgres; fi
    as_postgres sh -c "umask 077; head -c 32 /dev/urandom >'$state/originator.key'"
    export PLACEGUARD_CONFIG=/dev/null PLACEGUARD_STATE_DIRECTORY=$state
    export PLACEGUARD_ORIGINATOR_KEY_FILE=$state/originator.key
    # Every role logs in as itself, as in a real installation.
    export PLACEGUARD_DATABASE_URL="host=$work/socket dbname=placeguard user=placeguard_owner"
}

# start_daemon BINARY [SETTING=VALUE ...]: on ports of its own; sets http and feed once it is ready.
start_daemon() {
    local binary=$1
    shift
    env PLACEGUARD_HTTP_LISTEN=127.0.0.1:0 PLACEGUARD_FEED_LISTEN=127.0.0.1:0 PLACEGUARD_LOG_FORMAT=json "$@" \
        "$binary" serve >"$work/daemon.log" 2>&1 &
    daemon=$!
    until grep -q 'Placeguard is ready' "$work/daemon.log"; do
        kill -0 "$daemon" 2>/dev/null || fail "the daemon ended"
        sleep 0.1
    done
    local line
    line=$(grep -m1 'Placeguard is ready' "$work/daemon.log")
    http=$(sed -E 's/.*"http":"([^"]+)".*/\1/' <<<"$line")
    feed=$(sed -E 's/.*"feed":"([^"]+)".*/\1/' <<<"$line")
}

# partner BINARY: the agency that reports, and the person who listens.
partner() {
    "$1" agency add bench --name "Benchmark Licensing" --kind licensing --agreement BENCH-1 \
        --agreement-until 2099-01-01 --basis public-task >/dev/null
    "$1" person add bench.desk --agency bench --name "Benchmark desk" >/dev/null
}

# token BINARY ARGUMENTS: issues one and prints its text.
token() { local binary=$1; shift; "$binary" token issue --agency bench "$@" --json | sed -E 's/.*"token":"([^"]+)".*/\1/'; }

machine() {
    printf 'machine: %s cores, %s, %s, fsync on; load %s\n' "$(nproc)" \
        "$(awk '/MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo)" "$(pg_config --version)" \
        "$(cut -d' ' -f1 /proc/loadavg)"
}
