/* Counts the bytes that come on the grant "requests", and publishes the sum on "counts". */
#include "wem_plugin.h"

WEM_GUEST

static uint8_t chunk[4096];
static int32_t sum;

static void watch(void)
{
    int32_t handle = wem_grant("requests", 8);
    if (handle >= 0)
        wem_add(handle, WEM_IN, 0);
}

WEM_EXPORT(wem_init) int32_t wem_init(int32_t length)
{
    (void)length;
    watch();
    wem_log(2, "ready", 5);
    return 0;
}

static void drain(int32_t handle)
{
    int32_t count;
    while ((count = wem_read(handle, chunk, sizeof chunk)) > 0)
        sum += count;
}

WEM_EXPORT(wem_process) void wem_process(int32_t count)
{
    for (int32_t i = 0; i < count; i += 1) {
        struct wem_entry *entry = &wem_data.entries[i];
        if (entry->kind == WEM_ENTRY_GRANTED)
            watch();
        if (entry->kind == WEM_ENTRY_FD)
            drain(entry->handle);
    }
    wem_publish("counts", 6, &sum, 4);
}
