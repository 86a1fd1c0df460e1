// Shared by the parts of the load tool of fan-out; see fan_out.c.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 600, CHUNK = 256 * 1024, REST = 16 * 1024, ACK_EVERY = 64, WINDOW = 8192, LEAD = 2048, PAGE = 200 };

enum server { PLACEGUARD, NATS, JETSTREAM, REDIS, MOSQUITTO };
enum mode { STREAM, STORM, REPLAY, FILL };
enum step { UNBORN, GREETING, LOGIN, READY, DEAD };

struct options {
    enum server server;
    enum mode mode;
    int port, readers, stopped, at_once, batch, lead, pid, parent;
    double seconds, rate, anew;
    int64_t events;
    const char *db;
    char **tokens;
};
extern struct options options;

struct reader {
    int fd, id, is_waiting;  // for room in the socket
    enum step step;
    char rest[REST], out[REST];
    size_t rest_len, out_len;
    int64_t last, acked, lines, doubled, broken, ready_at, back_at;
    int64_t open;  // elements left of a reply (redis)
};

// What is measured; `number` is that of an event from 0.
struct run {
    int epoll, ready, logging_in, comebacks, anew, ended;
    int64_t began, last_line;
    struct sample { int64_t at, number; } *samples;
    int64_t taken, room;
};
extern struct run run;
extern int64_t now;

void dial(struct reader *);
void hang_up(struct reader *);  // it may be dialled again
void receive(struct reader *, uint32_t what);
void acknowledge(struct reader *);

// The publisher, on a thread of its own. `sent_at` and `done_at` say for each event when its batch was begun and durable.
extern _Atomic int64_t published, reached;
extern _Atomic int publisher_done;
extern int64_t *sent_at, *done_at, capacity;
void open_publisher(void);
void *publish(void *);

static inline int64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline int is(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static inline struct sockaddr_in loopback(uint32_t address, int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(address)};
}

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("fan_out: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
