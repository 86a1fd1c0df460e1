#!/usr/bin/env bash
# Follows the alert feed (FEED/1): prints what is open at first, then each event once and in order, as lines of
# seq, type, alert, rev, urgency, time and JSON with a TAB between.
#   PLACEGUARD_TOKEN=... follow.sh HOST PORT NAME STATE-FILE [CA.pem]    To this machine without CA.pem it speaks in the clear.
set -u
if [ $# -lt 4 ] || [ -z "${PLACEGUARD_TOKEN:-}" ]; then sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; fi
host=$1 port=$2 name=$3 state=$4 authority=${5:-} token=$PLACEGUARD_TOKEN epoch='' last=0 listed='' pause=1
unset PLACEGUARD_TOKEN
trap '' PIPE    # a broken link shows where it is read
if [ -f "$state" ]; then read -r epoch last listed <"$state"; fi
say() { printf '%s\n' "$*" >&4; } 2>/dev/null
note() { printf 'follow.sh: %s\n' "$*" >&2; }
process() { (IFS=$'\t'; printf '%s\n' "$*") || exit 1; }    # your own work goes here; on failure the event comes again
keep() { printf '%s %s %s\n' "$epoch" "$last" "$listed" >"$state.new" && sync "$state.new" && mv -f "$state.new" "$state" || exit 1; }
hang_up() { exec 3<&- 4>&-; kill "${COPROC_PID:-}" && wait; } 2>/dev/null
trap hang_up EXIT
connect() {
    if [[ -z $authority && $host =~ ^(127\.0\.0\.1|localhost)$ ]]; then exec 3<>"/dev/tcp/$host/$port" 4>&3; return; fi
    coproc openssl s_client -quiet -crlf -verify_quiet -verify_return_error -verify_hostname "$host" \
        ${authority:+-CAfile "$authority"} -connect "$host:$port"
    exec 3<&"${COPROC[0]}" 4>&"${COPROC[1]}"
}
follow() {    # one connection; sets how many seconds to stay away where the server says
    local line at began prev=0 acked=0 pinged=$SECONDS seq before type alert rev urgency time body
    while IFS= read -r -t 60 -u 3 line; do
        case $line in
            "INFO "*) say "HELLO 1 follow.sh 1"; say "AUTH TOKEN $token"; say "SUB $name FROM resume" ;;
            "OK SUB "*) read -r _ _ _ at began _ <<<"$line"
                prev=${at#at=} acked=$prev    # in an epoch that is new to us, what is open is listed first
                if [ "$epoch" != "${began#epoch=}" ]; then epoch=${began#epoch=} last=$prev listed=''; fi
                [ "$listed" ] || say LIST ;;
            "OK LIST "*\ more=*) at=${line#* more=}; say "LIST AFTER ${at%% *}" ;;
            "OK LIST "*) say "PING listed" ;;
            "OK PONG listed") listed=yes; keep ;;
            "ALERT "*) read -r _ alert rev type urgency time seq body <<<"$line"
                process "$seq" "open:$type" "$alert" "$rev" "$urgency" "$time" "$body" ;;
            "EVT "*) read -r _ _ seq before type alert rev urgency time body <<<"$line"
                if [ "$before" != "$prev" ]; then note "an event is missing"; return; fi
                prev=$seq pause=1    # one up to the last was processed, but its acknowledgement got lost
                if ((seq > last)); then
                    process "$seq" "$type" "$alert" "$rev" "$urgency" "$time" "$body"; last=$seq; keep
                fi ;;
            "ERR @a "*) note "$line"; sleep 3; acked=0 ;;
            "ERR 409 "* | "ERR 410 "*) note "$line"; epoch='' at=floor    # another server, or away for too long
                if [[ $line =~ \ epoch=([^ ]+).*\ from=([0-9]+) ]]; then at=${BASH_REMATCH[2]}@${BASH_REMATCH[1]}; fi
                say "SUB $name FROM $at" ;;
            "ERR "* | "BYE "*) note "$line"
                if [[ $line =~ \ retry=([0-9]+) ]]; then wait=${BASH_REMATCH[1]}; return; fi; exit 1 ;;
        esac    # What came together is acknowledged together, 16 times a second at most.
        if ((prev > acked)) && ! read -r -t 0 -u 3; then sleep 0.06; say "@a ACK $name $prev"; acked=$prev; fi
        if ((SECONDS > pinged + 40)); then say PING; pinged=$SECONDS; fi
    done
    note "connection lost"
}
while :; do
    wait=$((pause + RANDOM % (pause + 1))) pause=$((pause < 30 ? 2 * pause : 60))
    if connect; then follow; fi
    hang_up; sleep "$wait"
done
