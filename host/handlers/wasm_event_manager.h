/*
 * An event, as a native handler and a handler in WebAssembly see it. All pointers are good for the
 * call only; texts are UTF-8 and not terminated. Little-endian. 64 bytes where a pointer has 8
 * bytes, 48 where it has 4 (WebAssembly).
 */
#ifndef WASM_EVENT_MANAGER_H
#define WASM_EVENT_MANAGER_H

#include <stddef.h>
#include <stdint.h>

enum wem_kind {
    WEM_FD = 1,      /* something happened on a fd */
    WEM_TIME = 2,    /* a timer's time has come */
    WEM_MESSAGE = 3, /* a message of the bus */
};

/* In `data` of a message: what its payload is. */
enum wem_payload {
    WEM_NOTHING = 0,
    WEM_BYTES = 1,
    WEM_TEXT = 2,
    WEM_NUMBER = 3, /* a double */
    WEM_JSON = 4,
};

struct wem_event {
    uint32_t kind;          /*  0: enum wem_kind */
    int32_t fd;             /*  4: -1 where there is none */
    uint32_t event_set;     /*  8: EPOLLIN, ... */
    uint32_t data;          /* 12: the registration's; of a message, enum wem_payload */
    uint64_t ts_event;      /* 16: the nominal time, in nanoseconds since 1970 */
    uint64_t ts_init;       /* 24: the real one */
    const char *name;       /* 32: the timer's name, the message's topic */
    size_t name_length;     /* 40, or 36 */
    const uint8_t *payload; /* 48, or 40 */
    size_t payload_length;  /* 56, or 44 */
};

/* A native handler. `user_data` is the number that `native` was given. */
typedef void (*wem_handler)(const struct wem_event *event, void *user_data);

#endif
