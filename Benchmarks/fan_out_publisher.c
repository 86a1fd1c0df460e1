// What publishes, on a connection and a thread of its own. See fan_out.c.
#include "fan_out.h"
#include <libpq-fe.h>

_Atomic int64_t published, reached;
_Atomic int publisher_done;
int64_t *sent_at, *done_at, capacity;
static char payload[LINE];

// A batch is one transaction, or is sent at once and waited for.

static PGconn *db;
static FILE *line;
static char *bytes;
static size_t bytes_len;

static void publish_sql(int count) {
    char text[16];
    snprintf(text, sizeof text, "%d", count);
    PQsendQueryPrepared(db, "publish", 1, (const char *[]){text}, NULL, NULL, 0);
    PQsendQueryPrepared(db, "tell", 0, NULL, NULL, NULL, 0);
    PQpipelineSync(db);
    for (int results = 0;;) {
        PGresult *result = PQgetResult(db);
        if (!result) {
            if (++results > 3) fail("the database went away");
            continue;
        }
        ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC) return;
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail("publishing: %s", PQerrorMessage(db));
    }
}

static void append(const void *from, size_t size) {
    memcpy(bytes + bytes_len, from, size);
    bytes_len += size;
}

__attribute__((format(printf, 1, 2))) static void append_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bytes_len += (size_t)vsnprintf(bytes + bytes_len, 1024, format, arguments);
    va_end(arguments);
}

static void read_line(char *text, int size) {
    if (!fgets(text, size, line)) fail("the publisher's connection ended");
}

// Waits for this many answers to what was sent.
static void await(int count) {
    char text[4096];
    if (write(fileno(line), bytes, bytes_len) != (ssize_t)bytes_len) fail("publishing: %s", strerror(errno));
    bytes_len = 0;
    while (count > 0) {
        if (options.server == MOSQUITTO) {
            if (fread(text, 1, 4, line) != 4) fail("the publisher's connection ended");
            count--;
            continue;
        }
        read_line(text, sizeof text);
        if (is(text, "PING") && options.server != REDIS) {
            if (write(fileno(line), "PONG\r\n", 6) != 6) fail("publishing: %s", strerror(errno));
        } else if (is(text, "-")) {
            fail("publishing: %s", text);
        } else if (is(text, "MSG ")) {
            read_line(text, sizeof text);
            if (strstr(text, "\"error\"") && !strstr(text, "stream not found")) fail("publishing: %s", text);
            count--;
        } else if (is(text, "$")) {
            read_line(text, sizeof text);
            count--;
        } else if (is(text, "PONG") || is(text, ":")) {
            count--;
        }
    }
}

static void publish_bytes(int64_t number, int count) {
    for (int i = 0; i < count; i++, number++) {
        char digits[24], id[32];
        snprintf(digits, sizeof digits, "%010" PRId64, number);
        memcpy(payload, digits, 10);
        payload[10] = ' ';
        if (options.server == NATS) append_text("PUB feed %d\r\n", LINE);
        if (options.server == JETSTREAM) append_text("PUB feed _done %d\r\n", LINE);
        if (options.server == REDIS) {
            int size = snprintf(id, sizeof id, "%" PRId64 "-0", number);
            append_text("*5\r\n$4\r\nXADD\r\n$4\r\nfeed\r\n$%d\r\n%s\r\n$1\r\nl\r\n$%d\r\n", size, id, LINE);
        }
        if (options.server == MOSQUITTO) {
            int rest = LINE + 8, packet = (int)(number % 65535) + 1;
            append((char[]){0x32, (char)(rest % 128 + 128), (char)(rest / 128), 0, 4, 'f', 'e', 'e', 'd',
                       (char)(packet >> 8), (char)packet}, 11);
        }
        append(payload, LINE);
        if (options.server != MOSQUITTO) append("\r\n", 2);
    }
    await(options.server == NATS ? 0 : count);
}

void open_publisher(void) {
    memset(payload, 'x', LINE);
    if (options.server == PLACEGUARD) {
        if (!options.db) return;
        db = PQconnectdb(options.db);
        if (PQstatus(db) != CONNECTION_OK) fail("%s", PQerrorMessage(db));
        // The daemon's publishing statement (Sources/Store/Alerts/FeedNumbering.swift) on made-up events, 600 bytes as EVT.
        PQclear(PQprepare(db, "publish",
            "WITH current AS MATERIALIZED (SELECT placeguard.log_lineage() AS lineage), counted AS ("
            " UPDATE placeguard.feed_counter c SET seq = c.seq + $1::int, lineage = current.lineage FROM current"
            " WHERE c.view = 'full' RETURNING c.seq - $1::int AS base), logged AS ("
            " INSERT INTO placeguard.feed (view, seq, alert, rev, at, type, cause, urgency, location, areas, everywhere,"
            "  tags, position, body)"
            " SELECT 'full', base + n, ('019a0000-0000-7000-8000-' || lpad(to_hex((base + n) % 1000), 12, '0'))::uuid,"
            "  (base + n) / 1000 + 1, clock_timestamp(), 'rising', 'back-file', 'high',"
            "  ('019b0000-0000-7000-8000-' || lpad(to_hex((base + n) % 1000), 12, '0'))::uuid, '{E05A}', false,"
            "  '{area:E05A,category:hotel,kind:rising,band:red,urgency:high,source:police}',"
            "  ST_SetSRID(ST_MakePoint(2, 54.5), 4326), rpad('{\"words\":\"' || (base + n), 498, 'x') || '\"}'"
            " FROM counted, generate_series(1, $1::int) AS n RETURNING *), last AS ("
            " SELECT DISTINCT ON (alert) * FROM logged ORDER BY alert, seq DESC)"
            "INSERT INTO placeguard.alert AS a (id, view, cause, run, is_open, opened_at, seq, rev, at, type, urgency,"
            " areas, everywhere, tags, position, body)"
            "SELECT alert, view, cause, (SELECT min(id) FROM placeguard.import_run), true, at, seq, rev, at, type,"
            " urgency, areas, everywhere, tags, position, body FROM last ORDER BY alert "
            "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, rev = excluded.rev, at = excluded.at,"
            " type = excluded.type, tags = excluded.tags, position = excluded.position, body = excluded.body",
            1, NULL));
        PQclear(PQprepare(db, "tell", "SELECT pg_notify('placeguard_feed', '')", 0, NULL));
        PQenterPipelineMode(db);
        return;
    }
    if (options.mode == REPLAY) return;  // what is there is read, and nothing is published
    struct sockaddr_in to = loopback(INADDR_LOOPBACK, options.port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    line = fdopen(fd, "r");
    bytes = malloc((size_t)options.batch * (LINE + 256) + 4096);
    static const char create[] = "{\"name\":\"FEED\",\"subjects\":[\"feed\"],\"storage\":\"file\"}";
    if (options.server == NATS || options.server == JETSTREAM) {
        append_text("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB _done 1\r\nPING\r\n");
        await(1);
    }
    if (options.server == JETSTREAM) {
        append_text("PUB $JS.API.STREAM.DELETE.FEED _done 0\r\n\r\n");
        await(1);
        append_text("PUB $JS.API.STREAM.CREATE.FEED _done %zu\r\n%s\r\n", sizeof create - 1, create);
        await(1);
    }
    if (options.server == REDIS) append_text("DEL feed\r\n"), await(1);
    if (options.server == MOSQUITTO) append((char[]){0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'p'}, 15), await(1);
}

void *publish(void *unused) {
    int64_t count = 0, start = clock_ns(), until = start + (int64_t)(options.seconds * 1e9);
    while (options.events ? count < options.events : clock_ns() < until) {
        if (options.rate > 0) {
            int64_t due = start + (int64_t)((double)count * 1e9 / options.rate);
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){due / 1000000000, due % 1000000000}, NULL);
        }
        while (options.mode != FILL && count + options.batch - atomic_load(&reached) > options.lead && clock_ns() < until) usleep(200);
        if (!options.events && clock_ns() >= until) break;
        int64_t before = clock_ns();
        if (options.server == PLACEGUARD) publish_sql(options.batch);
        else publish_bytes(count + 1, options.batch);
        int64_t after = clock_ns();
        for (int64_t i = count; i < count + options.batch && i < capacity; i++) sent_at[i] = before, done_at[i] = after;
        count += options.batch;
        atomic_store(&published, count);
    }
    atomic_store(&publisher_done, 1);
    return unused;
}

