"""Measures report-to-EVT latency and its yardstick; see alert-latency. Standard library only, libpq through ctypes."""

import ctypes
import ctypes.util
import http.client
import json
import os
import select
import socket
import sys
import time

web, feed, database, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def yardstick():
    pq = ctypes.CDLL(ctypes.util.find_library("pq"))
    for name in ("PQconnectdb", "PQexec", "PQnotifies"):
        getattr(pq, name).restype = ctypes.c_void_p
    pq.PQconnectdb.argtypes = [ctypes.c_char_p]
    pq.PQexec.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    for name in ("PQclear", "PQsocket", "PQconsumeInput", "PQnotifies", "PQfreemem", "PQresultStatus"):
        getattr(pq, name).argtypes = [ctypes.c_void_p]
    writer, listener = (pq.PQconnectdb(database.encode()) for _ in range(2))
    pq.PQclear(pq.PQexec(listener, b"LISTEN yardstick"))
    descriptor = pq.PQsocket(listener)
    words = "x" * 120
    taken = []
    for number in range(rounds):
        command = f"BEGIN; INSERT INTO yardstick (reference, narrative) VALUES ('{number}', '{words}'); NOTIFY yardstick; COMMIT"
        started = time.perf_counter()
        pq.PQclear(pq.PQexec(writer, command.encode()))
        while True:
            select.select([descriptor], [], [], 5)
            pq.PQconsumeInput(listener)
            notification = pq.PQnotifies(listener)
            if notification:
                pq.PQfreemem(notification)
                break
        taken.append(time.perf_counter() - started)
    return taken


def ours():
    host, port = feed.rsplit(":", 1)
    line = socket.create_connection((host, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = line.makefile("rb")
    reader.readline()
    for command in ("HELLO 1 bench 1", "AUTH TOKEN " + os.environ["COORDINATOR"], "SUB bench FROM head"):
        line.sendall(command.encode() + b"\n")
        answer = reader.readline()
        assert answer.startswith(b"OK"), answer
    client = http.client.HTTPConnection(*web.rsplit(":", 1))
    client.connect()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = {"Authorization": "Bearer " + os.environ["REPORTER"], "Content-Type": "application/json"}
    taken = []
    for number in range(rounds):
        body = json.dumps({
            "reference": f"latency-{os.getpid()}-{number}", "observed": "2026-01-05T21:00:00Z",
            "location": {"point": [round(2.0 + number % 100 * 0.01, 4), round(54.5 + number // 100 * 0.01, 4)]},
            "signs": ["adult-controls-child"], "knowledge": "seen", "narrative": "x" * 120})
        started = time.perf_counter()
        client.request("POST", "/v1/reports", body, headers)
        answer = client.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
        while not (event := reader.readline()).startswith(b"EVT"):
            assert event, "the feed ended"
        taken.append(time.perf_counter() - started)
        # A client may say twenty things a second; an acknowledgement counts for all events before it.
        if number % 100 == 99:
            line.sendall(b"ACK bench " + event.split()[2] + b"\n")
    return taken


theirs = yardstick()
measured = ours()
for share, goal in ((0.50, 3), (0.99, 5)):
    a, b = percentile(measured, share) * 1e3, percentile(theirs, share) * 1e3
    print(f"report to EVT line / INSERT + NOTIFY to listener, p{share * 100:.0f}: {a:.2f} ms / {b:.2f} ms = {a / b:.2f} x (goal {goal} x)")
