#!/usr/bin/env python3
"""Follows the alert feed (FEED/1) and prints one JSON object a line: what is open at first, then each event once, in order.

  PLACEGUARD_TOKEN=... follow.py HOST PORT NAME STATE-FILE [CA.pem]     To this machine without CA.pem it speaks in the clear.
"""
import json, os, random, socket, ssl, sys, time

def process(event):  # Your own work goes here. It is done before its position is kept, and only then acknowledged.
    print(json.dumps(event), flush=True)
def keep():
    with open(state + ".new", "w") as file: json.dump(kept, file); file.flush(); os.fsync(file.fileno())
    os.replace(state + ".new", state)

def follow(link):  # One connection; answers how many seconds the server asks to stay away.
    global pause
    def say(text): link.sendall(text.encode() + b"\n")
    prev, acked, waits, pinged = 0, 0, False, time.monotonic()
    for raw in link.makefile("rb"):
        words = (line := raw.decode().rstrip("\r\n")).split(" ")
        said = dict(word.split("=", 1) for word in words if "=" in word)
        if words[0] in ("ERR", "BYE"): print("follow.py:", line, file=sys.stderr)
        match words:
            case ["INFO", *_]: say(f"HELLO 1 follow.py 1\nAUTH TOKEN {token}\nSUB {name} FROM resume")
            case ["OK", "SUB", *_]:  # In an epoch that is new to us, what is open is listed first.
                prev = acked = int(said["at"])
                if kept["epoch"] != said["epoch"]: kept.update(epoch=said["epoch"], seq=prev, listed=False)
                if not kept["listed"]: say("LIST")
            case ["OK", "LIST", *_]: say(f"LIST AFTER {said['more']}" if "more" in said else "PING listed")
            case ["ALERT", *_]:
                process(dict(zip("alert rev type urgency time seq".split(), words[1:]), open=json.loads(line.split(" ", 7)[7])))
            case ["OK", "PONG", "listed"]: kept["listed"] = True; keep()
            case ["EVT", _, seq, before, *_]:
                if int(before) != prev: raise ValueError("an event is missing")
                prev, pause = int(seq), 1
                if prev > kept["seq"]:  # else it was processed, but its acknowledgement got lost
                    kind, alert, rev, urgency, at, body = line.split(" ", 9)[4:]
                    process(dict(seq=prev, alert=alert, rev=rev, type=kind, urgency=urgency, time=at, body=json.loads(body)))
                    kept["seq"] = prev; keep()
            case ["OK", "@a", *_]: waits = False
            case ["ERR", "@a", *_]: time.sleep(float(said.get("retry", 5))); acked, waits = 0, False
            case ["ERR", "409" | "410", *_]: kept["epoch"] = None; say(f"SUB {name} FROM " + ("{from}@{epoch}" if "from" in said else "floor").format(**said))
            case ["ERR" | "BYE", *_]: return float(said["retry"]) if "retry" in said else sys.exit(1)
        if prev > acked and not waits:  # What came meanwhile is acknowledged in one, 16 times a second at most.
            time.sleep(0.06); acked, waits = prev, True; say(f"@a ACK {name} {prev}")
        if time.monotonic() > pinged + 40: pinged = time.monotonic(); say("PING")
    raise OSError("connection lost")
if len(sys.argv) not in (5, 6) or "PLACEGUARD_TOKEN" not in os.environ: sys.exit(__doc__)
(host, port, name, state), token, pause = sys.argv[1:5], os.environ["PLACEGUARD_TOKEN"], 1
kept = json.load(open(state)) if os.path.exists(state) else {"epoch": None, "seq": 0, "listed": False}
while True:
    try:
        with socket.create_connection((host, port), timeout=60) as link:
            if len(sys.argv) > 5 or host not in ("127.0.0.1", "localhost"):
                link = ssl.create_default_context(cafile=(sys.argv + [None])[5]).wrap_socket(link, server_hostname=host)
            wait = follow(link)
    except (OSError, ValueError, LookupError) as problem:
        print("follow.py:", problem, file=sys.stderr)
        pause = min(2 * (wait := pause * random.uniform(1, 2)), 60)
    time.sleep(wait)
