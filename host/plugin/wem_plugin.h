/*
 * The interface of a guest to its PluginHost, version 1: docs/plugins.md says what each does.
 * What fails returns an errno of Linux, negative. For clang:
 *   clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -o guest.wasm guest.c
 */
#ifndef WEM_PLUGIN_H
#define WEM_PLUGIN_H

#include <stdint.h>

#define WEM_IMPORT(name) __attribute__((import_module("wem"), import_name(#name)))
#define WEM_EXPORT(name) __attribute__((export_name(#name)))

WEM_IMPORT(grant) int32_t wem_grant(const void *name, int32_t length);
WEM_IMPORT(add) int32_t wem_add(int32_t handle, int32_t events, int32_t data);
WEM_IMPORT(modify) int32_t wem_modify(int32_t handle, int32_t events, int32_t data);
WEM_IMPORT(remove) int32_t wem_remove(int32_t handle);
WEM_IMPORT(read) int32_t wem_read(int32_t handle, void *address, int32_t length);
WEM_IMPORT(write) int32_t wem_write(int32_t handle, const void *address, int32_t length);
WEM_IMPORT(set_timer) int32_t wem_set_timer(int32_t id, double delay, double interval);
WEM_IMPORT(cancel_timer) int32_t wem_cancel_timer(int32_t id);
WEM_IMPORT(publish) int32_t wem_publish(const void *topic, int32_t topic_length, const void *address, int32_t length);
WEM_IMPORT(subscribe) int32_t wem_subscribe(const void *pattern, int32_t length);
WEM_IMPORT(unsubscribe) int32_t wem_unsubscribe(int32_t id);
WEM_IMPORT(log) void wem_log(int32_t level, const void *address, int32_t length);
WEM_IMPORT(now) double wem_now(void);

/* What an entry of a batch is about. */
enum { WEM_ENTRY_FD = 1, WEM_ENTRY_TIMER = 2, WEM_ENTRY_GRANTED = 3, WEM_ENTRY_REVOKED = 4 };

/* The events, as epoll's. */
enum { WEM_IN = 1, WEM_OUT = 4 };

struct wem_entry {
    int32_t kind;   /* WEM_ENTRY_... */
    int32_t handle; /* of a timer its number */
    int32_t events; /* of a timer how often it came */
    int32_t data;   /* what wem_add was given */
};

/* Where the host puts a batch, a message with its topic, the config. Once in a program: */
#define WEM_GUEST                                                                                 \
    static union {                                                                                \
        uint8_t bytes[65536];                                                                     \
        struct wem_entry entries[256];                                                            \
        int64_t aligned;                                                                          \
    } wem_data;                                                                                   \
    WEM_EXPORT(wem_abi) int32_t wem_abi(void) { return 1; }                                       \
    WEM_EXPORT(wem_buffer) void *wem_buffer(int32_t size)                                         \
    {                                                                                             \
        (void)size;                                                                               \
        return &wem_data;                                                                         \
    }

#endif
