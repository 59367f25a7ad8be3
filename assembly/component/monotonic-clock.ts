/** WASI's clock, in nanoseconds. */
export declare function now(): u64;
