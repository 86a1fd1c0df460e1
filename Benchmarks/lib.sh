# Shared by the benchmarks: one private PostgreSQL with its defaults (fsync on), one daemon on it, both gone at the end.
# shellcheck shell=bash
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=${PLACEGUARD_BINARY:-$here/.build/release/placeguard}
bench_binary=${PLACEGUARD_BENCH_BINARY:-$here/.build/release/placeguard-bench}
work=$(mktemp -d "${TMPDIR:-/tmp}/placeguard-bench.XXXXXX")
chmod 755 "$work"
daemon=

need() { command -v "$1" >/dev/null || { echo "needs $1: apt-get install $2" >&2; exit 1; }; }
[ -x "$binary" ] || { echo "build first: swift build -c release" >&2; exit 1; }

pg_bin=$(pg_config --bindir)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

finish() {
    [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
    [ ! -d "$work/data" ] || as_postgres "$pg_bin/pg_ctl" -D "$work/data" -m fast -w stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Starts the cluster: defaults but for the socket, room for connections, and the settings named here.
start_cluster() {
    mkdir -p "$work/socket"; chmod 777 "$work/socket"
    if [ "$(id -u)" = 0 ]; then chown postgres "$work"; fi
    as_postgres "$pg_bin/initdb" -D "$work/data" -U postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums --auth=trust >/dev/null
    as_postgres tee -a "$work/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$work/socket'
max_connections = 200
jit = off
shared_buffers = '512MB'
max_wal_size = '4GB'
CONF
    as_postgres "$pg_bin/pg_ctl" -D "$work/data" -l "$work/postgres.log" -w start >/dev/null
    export PGHOST=$work/socket PGUSER=postgres
    psql -qc 'CREATE DATABASE placeguard' -d postgres
    psql -qd placeguard -f "$here/Deploy/bootstrap.sql" >/dev/null
    export PLACEGUARD_DATABASE_URL="host=$work/socket user=postgres dbname=placeguard"
    export PLACEGUARD_DATABASE_SINGLEROLE=true
    export PLACEGUARD_STATE_DIRECTORY=$work/state
}

# Starts the daemon on ports of its own and waits for its ready line.
start_daemon() {
    mkdir -p "$work/state"; chmod 700 "$work/state"
    PLACEGUARD_HTTP_LISTEN=127.0.0.1:0 PLACEGUARD_FEED_LISTEN=127.0.0.1:0 PLACEGUARD_LOG_FORMAT=json \
        "$binary" serve >"$work/daemon.log" 2>&1 &
    daemon=$!
    local tries=0
    until grep -q 'Placeguard is ready' "$work/daemon.log"; do
        kill -0 "$daemon" 2>/dev/null || { cat "$work/daemon.log" >&2; exit 1; }
        tries=$((tries + 1)); [ $tries -lt 300 ] || { cat "$work/daemon.log" >&2; exit 1; }
        sleep 0.1
    done
    local line; line=$(grep -m1 'Placeguard is ready' "$work/daemon.log")
    http=$(sed -E 's/.*"http":"([^"]+)".*/\1/' <<<"$line")
    feed=$(sed -E 's/.*"feed":"([^"]+)".*/\1/' <<<"$line")
}

machine() { echo "machine: $(nproc) cores, $(awk '/MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo), $(pg_config --version), fsync on"; }
