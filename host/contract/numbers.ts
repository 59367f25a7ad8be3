/** The largest of the kernel's ints: what a fd, a batch or a wait in milliseconds can be. */
export const INT32_MAX = 2 ** 31 - 1;
export const UINT32_MAX = 2 ** 32 - 1;
