// What a reader says and understands, for each server. See fan_out.c.
#include "fan_out.h"

static char chunk[REST + CHUNK];

// --- Output of a reader -------------------------------------------------------------------------------------------

static void flush(struct reader *r) {
    if (r->fd < 0) return;
    if (r->out_len) {
        ssize_t done = write(r->fd, r->out, r->out_len);
        if (done > 0) {
            r->out_len -= (size_t)done;
            memmove(r->out, r->out + done, r->out_len);
        }  // where it failed, the next read tells why
    }
    if ((r->out_len > 0) == r->is_waiting) return;
    r->is_waiting = r->out_len > 0;
    struct epoll_event event = {.events = EPOLLIN | (r->is_waiting ? EPOLLOUT : 0u), .data.ptr = r};
    epoll_ctl(run.epoll, EPOLL_CTL_MOD, r->fd, &event);
}

static void put(struct reader *r, const void *bytes, size_t size) {
    if (r->out_len + size > sizeof r->out) flush(r);
    if (r->out_len + size > sizeof r->out) fail("reader %d cannot say more", r->id);
    memcpy(r->out + r->out_len, bytes, size);
    r->out_len += size;
}

__attribute__((format(printf, 2, 3))) static void say(struct reader *r, const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    put(r, text, (size_t)vsnprintf(text, sizeof text, format, arguments));
    va_end(arguments);
}

void acknowledge(struct reader *r) {
    if (r->last - r->acked < ACK_EVERY) return;
    say(r, "ACK f %" PRId64 "\n", r->last);
    r->acked = r->last;
    flush(r);
}

// --- What readers understand: each parser returns where the first incomplete message begins ------------------------

static void took(struct reader *r, int64_t number, int64_t before) {
    if (number <= r->last) {
        r->doubled++;
        return;
    }
    if (before != r->last) r->broken++;
    r->last = number;
    r->lines++;
    run.last_line = now;
    if (run.taken < run.room) {
        run.samples[run.taken].at = now;
        run.samples[run.taken++].number = r->lines - 1;
    }
}

static void is_ready(struct reader *r) {
    r->step = READY;
    r->ready_at = now;
    run.ready++;
    run.logging_in--;
    if (r->id < options.stopped) epoll_ctl(run.epoll, EPOLL_CTL_DEL, r->fd, NULL);
}

void hang_up(struct reader *r) {
    if (r->step == READY) run.ready--;
    else run.logging_in--;
    close(r->fd);
    r->fd = -1;
    r->out_len = r->rest_len = 0;
    r->step = UNBORN;
}

static void lose(struct reader *r, double after) {
    hang_up(r);
    if (options.mode == STORM) {
        r->back_at = now + (int64_t)(after * 1e9);
        run.comebacks++;
    } else {
        r->step = DEAD;
        run.ended++;
    }
}

static const char *feed(struct reader *r, const char *p, const char *end) {
    const char *line_end;
    for (; p < end && (line_end = memchr(p, '\n', (size_t)(end - p))); p = line_end + 1) {
        if (is(p, "EVT ")) {
            char *next = strchr(p + 4, ' ');
            int64_t seq = strtoll(next + 1, &next, 10), before = strtoll(next + 1, &next, 10);
            if (is(next, " rising ")) took(r, seq, before);
            else r->broken += before != r->last, r->last = seq;  // the daemon's own, such as an exercise
        } else if (is(p, "INFO ")) {
            say(r, "HELLO 1 fan-out 1\n");
        } else if (is(p, "OK HELLO")) {
            say(r, "AUTH TOKEN %s\n", options.tokens[r->id]);
        } else if (is(p, "OK AUTH")) {
            if (options.mode == REPLAY) run.began = now;
            say(r, "SUB f FROM %s WINDOW %d\n", options.mode == REPLAY ? "floor" : "head", WINDOW);
        } else if (is(p, "OK SUB")) {
            r->last = r->acked = strtoll(strstr(p, " at=") + 4, NULL, 10);
            is_ready(r);
        } else if (is(p, "ERR ") || is(p, "BYE ")) {
            char *retry = memmem(p, (size_t)(line_end - p), " retry=", 7);
            if (options.mode != STORM) fprintf(stderr, "fan_out: reader %d was told %.*s\n", r->id, (int)(line_end - p), p);
            lose(r, retry ? strtod(retry + 7, NULL) : 2);
            return end;
        }
    }
    acknowledge(r);
    return p;
}

static const char *nats(struct reader *r, const char *p, const char *end) {
    const char *line_end;
    for (; p < end && (line_end = memchr(p, '\n', (size_t)(end - p))); p = line_end + 1) {
        if (is(p, "MSG ")) {
            const char *size = line_end - 1;
            while (size[-1] != ' ') size--;
            const char *body = line_end + 1, *reply = strchr(strchr(p + 4, ' ') + 1, ' ') + 1;
            if (body + atoi(size) + 2 > end) break;
            if (*p == 'M' && p[4] == '_') {  // the answer to making a consumer
                if (memmem(body, (size_t)atoi(size), "\"error\"", 7)) fail("jetstream: %.*s", atoi(size), body);
                is_ready(r);
            } else {
                int64_t number = strtoll(body, NULL, 10);
                took(r, number, number - 1);
                if (options.server == JETSTREAM && r->last - r->acked >= ACK_EVERY) {
                    say(r, "PUB %.*s 4\r\n+ACK\r\n", (int)(size - 1 - reply), reply);
                    r->acked = r->last;
                }
            }
            line_end = body + atoi(size) + 1;
        } else if (is(p, "INFO ") && r->step == GREETING) {
            r->step = LOGIN;
            say(r, "CONNECT {\"verbose\":false,\"pedantic\":false,\"name\":\"r%d\"}\r\n", r->id);
            say(r, options.server == NATS ? "SUB feed 1\r\nPING\r\n" : "SUB deliver.%d 1\r\nSUB _made.%d 2\r\nPING\r\n", r->id, r->id);
        } else if (is(p, "PONG")) {
            char config[512];
            if (options.server == NATS) { is_ready(r); continue; }
            if (options.mode == REPLAY) run.began = now;
            int size = snprintf(config, sizeof config,
                "{\"stream_name\":\"FEED\",\"config\":{\"durable_name\":\"c%d\",\"deliver_subject\":\"deliver.%d\","
                "\"deliver_policy\":\"all\",\"ack_policy\":\"all\",\"max_ack_pending\":%d}}", r->id, r->id, WINDOW);
            say(r, "PUB $JS.API.CONSUMER.DURABLE.CREATE.FEED.c%d _made.%d %d\r\n%s\r\n", r->id, r->id, size, config);
        } else if (is(p, "PING")) {
            say(r, "PONG\r\n");
        } else if (is(p, "-ERR")) {
            fprintf(stderr, "fan_out: reader %d was told %.*s\n", r->id, (int)(line_end - p), p);
        }
    }
    return p;
}

static void ask_redis(struct reader *r) {
    char id[32];
    int size = snprintf(id, sizeof id, "%" PRId64 "-0", r->last);
    say(r, "*8\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$3\r\n%d\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$4\r\nfeed\r\n", PAGE);
    say(r, "$%d\r\n%s\r\n", size, id);
    r->open = 1;
}

static const char *redis(struct reader *r, const char *p, const char *end) {
    const char *line_end;
    for (; p < end && (line_end = memchr(p, '\n', (size_t)(end - p))); p = line_end + 1) {
        if (*p == '-') fail("redis: %.*s", (int)(line_end - p), p);
        if (r->step == GREETING) {  // +PONG
            is_ready(r);
            if (options.mode == REPLAY) run.began = now;
            ask_redis(r);
            continue;
        }
        long size = strtol(p + 1, NULL, 10);
        if (*p == '*') {
            r->open += size - 1;
            continue;
        }
        if (*p == '$') {
            if (line_end + 1 + size + 2 > end) break;
            if (size == LINE) {
                int64_t number = strtoll(line_end + 1, NULL, 10);
                took(r, number, number - 1);
            }
            line_end += size + 2;
        }
        if (--r->open == 0) ask_redis(r);
    }
    return p;
}

static const char *mqtt(struct reader *r, const char *p, const char *end) {
    while (end - p >= 2) {
        size_t size = 0, head = 1;
        for (int shift = 0; p + head < end; shift += 7) {
            unsigned char byte = (unsigned char)p[head++];
            size |= (size_t)(byte & 127) << shift;
            if (byte < 128) goto known;
        }
        break;
    known:
        if ((size_t)(end - p) < head + size) break;
        const char *body = p + head;
        switch ((unsigned char)*p >> 4) {
        case 2: put(r, "\x82\x09\x00\x01\x00\x04" "feed" "\x01", 11); break;  // CONNACK: SUBSCRIBE feed, QoS 1
        case 9: is_ready(r); break;
        case 3: {
            const char *packet = body + 2 + 4;
            int64_t number = strtoll(packet + 2, NULL, 10);
            took(r, number, number - 1);
            put(r, (char[]){0x40, 2, packet[0], packet[1]}, 4);
        }
        }
        p = body + size;
    }
    return p;
}

void dial(struct reader *r) {
    // Four readers an address, as from an office: the limits for one address stay as they are.
    int number = r->id / 4;
    struct sockaddr_in from = loopback(0x7F010001u + (uint32_t)number, 0), to = loopback(INADDR_LOOPBACK, options.port);
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (r->fd < 0) fail("socket: %s", strerror(errno));
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (bind(r->fd, (struct sockaddr *)&from, sizeof from)) fail("bind: %s", strerror(errno));
    if (connect(r->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = r};
    epoll_ctl(run.epoll, EPOLL_CTL_ADD, r->fd, &event);
    r->step = GREETING;
    r->is_waiting = 1;
    run.logging_in++;
    if (options.server == REDIS) say(r, "PING\r\n");
    if (options.server == MOSQUITTO) {
        char id[16];
        int size = snprintf(id, sizeof id, "r%d", r->id);
        put(r, (char[]){0x10, (char)(12 + size), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, (char)size}, 14);
        put(r, id, (size_t)size);
    }
}

void receive(struct reader *r, uint32_t what) {
    static const char *(*const parse[])(struct reader *, const char *, const char *) = {feed, nats, nats, redis, mqtt};
    if (what & EPOLLOUT) flush(r);
    if (!(what & (EPOLLIN | EPOLLERR | EPOLLHUP))) return;
    memcpy(chunk, r->rest, r->rest_len);
    ssize_t size = read(r->fd, chunk + r->rest_len, CHUNK - 1);
    now = clock_ns();
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
        lose(r, 2);
        return;
    }
    char *end = chunk + r->rest_len + size;
    *end = 0;
    const char *left = parse[options.server](r, chunk, end);
    if (r->fd < 0) return;
    r->rest_len = (size_t)(end - left);
    if (r->rest_len > REST) fail("a message of more than %d bytes", REST);
    memcpy(r->rest, left, r->rest_len);
    flush(r);
}

