// The load tool of fan-out: readers on one epoll loop and a publisher on a thread, for five servers.
//
//   fan_out KEY=VALUE ...    prints one line of KEY=VALUE
//
// server=placeguard|nats|jetstream|redis|mosquitto  port=  readers=  mode=stream|storm|replay|fill
// seconds= (stream) events= (fill, replay) rate= (events a second; 0: as fast as readers follow) batch= (events of a transaction)
// lead= (events the publisher may be ahead of the slowest reader)
// stopped= (of the readers, read nothing once subscribed and come anew every `anew` seconds: the feed puts such a one out
// after 25, so that without this nobody would be stopped for the rest)
// at-once= (connections that may be logging in) pid= (whose memory and CPU) parent= (PostgreSQL, with its children)
// tokens=FILE db=CONNINFO (placeguard)
//
// A reader does the same for every server: one large read, a step from message to message, one number compared.
#include "fan_out.h"
#include <pthread.h>
#include <sys/resource.h>

struct options options = {.readers = 1, .at_once = 64, .batch = 1, .lead = LEAD, .seconds = 5, .anew = 30};
struct run run;
int64_t now;
static struct reader *all;
static double rss_before, rss_peak;
static const double ends_after = 15;  // seconds without a line, for a stream; for a storm ten times as long

static double cpu_of(int process) {
    char path[64], text[1024];
    unsigned long user = 0, kernel = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    char *behind = strrchr(text, ')');
    if (behind) sscanf(behind + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static double cpu_of_family(int process) {
    char path[64];
    int child;
    double sum = process ? cpu_of(process) : 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    FILE *file = process ? fopen(path, "r") : NULL;
    while (file && fscanf(file, "%d", &child) == 1) sum += cpu_of(child);
    if (file) fclose(file);
    return sum;
}

static double resident(void) {
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", options.pid);
    FILE *file = options.pid ? fopen(path, "r") : NULL;
    while (file && fgets(line, sizeof line, file)) if (sscanf(line, "VmRSS: %ld", &kib) == 1) break;
    if (file) fclose(file);
    return (double)kib / 1024;
}

static double cpu_own(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static double cpu_at_start[3];

static void start_cpu(void) {
    cpu_at_start[0] = cpu_of(options.pid);
    cpu_at_start[1] = cpu_of_family(options.parent);
    cpu_at_start[2] = cpu_own();
}

static void print_cpu(void) {
    printf(" cpu_server=%.2f cpu_postgres=%.2f cpu_tool=%.2f", cpu_of(options.pid) - cpu_at_start[0],
        cpu_of_family(options.parent) - cpu_at_start[1], cpu_own() - cpu_at_start[2]);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_latency(const char *name, const int64_t *from) {
    double *ms = malloc(sizeof *ms * (size_t)(run.taken + 1));
    for (int64_t i = 0; i < run.taken; i++) {
        double value = (double)(run.samples[i].at - from[run.samples[i].number]) / 1e6;
        ms[i] = value < 0 ? 0 : value;
    }
    qsort(ms, (size_t)run.taken, sizeof *ms, ascending);
    printf(" %sp50=%.3f %sp99=%.3f %smax=%.3f", name, ms[run.taken / 2], name, ms[run.taken * 99 / 100], name, ms[run.taken - 1]);
    free(ms);
}

static int among(const char *word, const char *const *words, int count) {
    for (int i = 0; i < count; i++) if (!strcmp(word, words[i])) return i;
    fail("unknown word %s", word);
}

static void read_tokens(const char *path) {
    char text[256];
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %s", path, strerror(errno));
    for (int count = 0; fgets(text, sizeof text, file); count++) {
        text[strcspn(text, "\n")] = 0;
        options.tokens = realloc(options.tokens, sizeof(char *) * (size_t)(count + 1));
        options.tokens[count] = strdup(text);
    }
    fclose(file);
}

static void parse_options(int count, char **words) {
    static const char *const servers[] = {"placeguard", "nats", "jetstream", "redis", "mosquitto"};
    static const char *const modes[] = {"stream", "storm", "replay", "fill"};
    struct { const char *key; int *to; } numbers[] = {
        {"port", &options.port}, {"readers", &options.readers}, {"stopped", &options.stopped},
        {"at-once", &options.at_once}, {"batch", &options.batch}, {"lead", &options.lead}, {"pid", &options.pid},
        {"parent", &options.parent}};
    for (int i = 1; i < count; i++) {
        char *key = words[i], *value = strchr(key, '=');
        if (!value) fail("%s is not KEY=VALUE", key);
        *value++ = 0;
        if (!strcmp(key, "server")) { options.server = (enum server)among(value, servers, 5); continue; }
        if (!strcmp(key, "mode")) { options.mode = (enum mode)among(value, modes, 4); continue; }
        if (!strcmp(key, "seconds")) { options.seconds = atof(value); continue; }
        if (!strcmp(key, "anew")) { options.anew = atof(value); continue; }
        if (!strcmp(key, "rate")) { options.rate = atof(value); continue; }
        if (!strcmp(key, "events")) { options.events = atoll(value); continue; }
        if (!strcmp(key, "tokens")) { read_tokens(value); continue; }
        if (!strcmp(key, "db")) { options.db = value; continue; }
        size_t n = 0;
        while (n < sizeof numbers / sizeof *numbers && strcmp(key, numbers[n].key)) n++;
        if (n == sizeof numbers / sizeof *numbers) fail("unknown option %s", key);
        *numbers[n].to = atoi(value);
    }
}

// One that stopped long ago gives up and dials again, as somebody who looks at a screen that stands still.
static void come_anew(struct reader *r) {
    if ((double)(now - r->ready_at) / 1e9 < options.anew) return;
    hang_up(r);
    run.anew++;
}

// What time brings: connections to make, acknowledgements that had to wait, how far the slowest reader is.
static int64_t sweep(void) {
    int64_t least = INT64_MAX;
    for (int i = 0; i < options.readers; i++) {
        struct reader *r = &all[i];
        if (r->step == UNBORN && run.logging_in < options.at_once && now >= r->back_at) dial(r);
        if (r->step != READY) continue;
        if (i < options.stopped) {
            come_anew(r);
            continue;
        }
        if (options.server == PLACEGUARD) acknowledge(r);
        if (r->lines < least) least = r->lines;
    }
    if (least == INT64_MAX) least = 0;
    atomic_store(&reached, least);
    return least;
}

static void loop(void) {
    struct epoll_event happened[512];
    pthread_t publisher;
    int is_publishing = 0;
    int64_t swept = 0, sampled = 0, opened = now = clock_ns();
    for (;;) {
        int count = epoll_wait(run.epoll, happened, 512, 2);
        now = clock_ns();
        for (int i = 0; i < count; i++) receive(happened[i].data.ptr, happened[i].events);
        if (now - swept < 2000000) continue;
        swept = now;
        int64_t least = sweep();
        if (now - sampled > 250000000) {
            double rss = resident();
            if (rss > rss_peak) rss_peak = rss;
            sampled = now;
        }
        int is_complete = run.ready + run.ended == options.readers;
        double quiet = (double)(now - (run.last_line > opened ? run.last_line : opened)) / 1e9;
        if (options.mode == STORM) {
            if (is_complete || quiet > 10 * ends_after) return;
            continue;
        }
        if (is_complete && options.mode == STREAM && !is_publishing) {
            is_publishing = 1;
            opened = run.began = now;
            start_cpu();
            rss_before = rss_peak = resident();
            if (pthread_create(&publisher, NULL, publish, NULL)) fail("no thread");
        }
        int is_over = options.mode == REPLAY ? is_complete : atomic_load(&publisher_done);
        if ((is_over && least >= published) || quiet > options.seconds + ends_after) return;
    }
}

int main(int count, char **words) {
    parse_options(count, words);
    open_publisher();
    if (options.mode == REPLAY) published = options.events;
    now = run.began = clock_ns();
    if (options.mode == FILL) {
        publish(NULL);
        printf("published=%" PRId64 " seconds=%.3f\n", published, (double)(clock_ns() - run.began) / 1e9);
        return 0;
    }
    int active = options.readers - options.stopped;
    if (options.rate > 0) {
        capacity = (int64_t)(options.rate * options.seconds) + options.batch;
        run.room = capacity * active;
        run.samples = malloc(sizeof *run.samples * (size_t)run.room);
        sent_at = calloc((size_t)capacity, sizeof *sent_at);
        done_at = calloc((size_t)capacity, sizeof *done_at);
    }
    all = calloc((size_t)options.readers, sizeof *all);
    for (int i = 0; i < options.readers; i++) all[i] = (struct reader){.fd = -1, .id = i};
    run.epoll = epoll_create1(0);
    start_cpu();
    rss_before = rss_peak = resident();
    loop();
    int64_t lines = 0, doubled = 0, broken = 0, end = options.mode == STORM ? clock_ns() : run.last_line;
    for (int i = options.stopped; i < options.readers; i++) lines += all[i].lines, doubled += all[i].doubled, broken += all[i].broken;
    double took = (double)(end - run.began) / 1e9;
    printf("readers=%d ready=%d published=%" PRId64 " lines=%" PRId64 " seconds=%.3f per_second=%.0f", options.readers,
        run.ready, published, lines, took, took > 0 ? (double)lines / took : 0);
    printf(" lost=%" PRId64 " doubled=%" PRId64 " broken=%" PRId64 " comebacks=%d anew=%d ended=%d",
        published * active - lines, doubled, broken, run.comebacks, run.anew, run.ended);
    printf(" rss_before=%.0f rss_after=%.0f rss_peak=%.0f", rss_before, resident(), rss_peak);
    print_cpu();
    if (run.taken > 0) {
        print_latency("", sent_at);
        print_latency("commit_", done_at);
    }
    putchar('\n');
}
