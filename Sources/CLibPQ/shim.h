#pragma once
#include <libpq-fe.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// Pipeline mode (libpq 14) is the one capability the client cannot do without.
#ifndef LIBPQ_HAS_PIPELINING
#error "Placeguard needs libpq 14 or newer (LIBPQ_HAS_PIPELINING)"
#endif

// EPOLLONESHOT is the bit 1 << 30 and EPOLL_EVENTS an enumeration: constants of one plain type spare Swift the casts.
static const unsigned int placeguard_epoll_in = EPOLLIN;
static const unsigned int placeguard_epoll_out = EPOLLOUT;
static const unsigned int placeguard_epoll_trouble = EPOLLHUP | EPOLLERR;
static const unsigned int placeguard_epoll_oneshot = EPOLLONESHOT;

// Declared by <pthread.h> under _GNU_SOURCE only, which a module cannot ask for.
#include <pthread.h>
extern int pthread_setname_np(pthread_t thread, const char *name);
