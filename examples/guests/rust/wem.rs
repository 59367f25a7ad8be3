//! The interface of a guest to its PluginHost, version 1: docs/plugins.md says what each does.
//! What fails returns an errno of Linux, negative. It needs no standard library.
#![allow(dead_code)]

mod import {
    #[link(wasm_import_module = "wem")]
    unsafe extern "C" {
        pub fn grant(name: *const u8, length: i32) -> i32;
        pub fn add(handle: i32, events: i32, data: i32) -> i32;
        pub fn modify(handle: i32, events: i32, data: i32) -> i32;
        pub fn remove(handle: i32) -> i32;
        pub fn read(handle: i32, address: *mut u8, length: i32) -> i32;
        pub fn write(handle: i32, address: *const u8, length: i32) -> i32;
        pub fn set_timer(id: i32, delay: f64, interval: f64) -> i32;
        pub fn cancel_timer(id: i32) -> i32;
        pub fn publish(topic: *const u8, topic_length: i32, address: *const u8, length: i32) -> i32;
        pub fn subscribe(pattern: *const u8, length: i32) -> i32;
        pub fn unsubscribe(id: i32) -> i32;
        pub fn log(level: i32, address: *const u8, length: i32);
        pub fn now() -> f64;
    }
}

pub const IN: i32 = 1;
pub const OUT: i32 = 4;

/// What an entry of a batch is about.
pub const FD: i32 = 1;
pub const TIMER: i32 = 2;
pub const GRANTED: i32 = 3;
pub const REVOKED: i32 = 4;

/// One entry of a batch.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    /// FD, TIMER, GRANTED or REVOKED.
    pub kind: i32,
    /// The handle; of TIMER its number.
    pub handle: i32,
    /// The events of epoll; of TIMER how often it came.
    pub events: i32,
    /// What `add` was given.
    pub data: i32,
}

pub fn grant(name: &str) -> i32 {
    unsafe { import::grant(name.as_ptr(), name.len() as i32) }
}
pub fn add(handle: i32, events: i32, data: i32) -> i32 {
    unsafe { import::add(handle, events, data) }
}
pub fn modify(handle: i32, events: i32, data: i32) -> i32 {
    unsafe { import::modify(handle, events, data) }
}
pub fn remove(handle: i32) -> i32 {
    unsafe { import::remove(handle) }
}
pub fn read(handle: i32, into: &mut [u8]) -> i32 {
    unsafe { import::read(handle, into.as_mut_ptr(), into.len() as i32) }
}
pub fn write(handle: i32, bytes: &[u8]) -> i32 {
    unsafe { import::write(handle, bytes.as_ptr(), bytes.len() as i32) }
}
pub fn set_timer(id: i32, delay_ns: f64, interval_ns: f64) -> i32 {
    unsafe { import::set_timer(id, delay_ns, interval_ns) }
}
pub fn cancel_timer(id: i32) -> i32 {
    unsafe { import::cancel_timer(id) }
}
pub fn publish(topic: &str, body: &[u8]) -> i32 {
    let (at, length) = (topic.as_ptr(), topic.len() as i32);
    unsafe { import::publish(at, length, body.as_ptr(), body.len() as i32) }
}
pub fn subscribe(pattern: &str) -> i32 {
    unsafe { import::subscribe(pattern.as_ptr(), pattern.len() as i32) }
}
pub fn unsubscribe(id: i32) -> i32 {
    unsafe { import::unsubscribe(id) }
}
pub fn log(level: i32, text: &str) {
    unsafe { import::log(level, text.as_ptr(), text.len() as i32) }
}
pub fn now() -> f64 {
    unsafe { import::now() }
}

const BUFFER_BYTES: usize = 65_536;

#[repr(C, align(8))]
struct Buffer([u8; BUFFER_BYTES]);
static mut BUFFER: Buffer = Buffer([0; BUFFER_BYTES]);

#[unsafe(no_mangle)]
extern "C" fn wem_abi() -> i32 {
    1
}

/// Where the host puts a batch, a message with its topic, the config.
#[unsafe(no_mangle)]
extern "C" fn wem_buffer(_size: i32) -> *mut u8 {
    (&raw mut BUFFER).cast()
}

/// A copy of the entry of a number below `wem_process`'s count.
pub fn entry(index: i32) -> Entry {
    assert!((index as usize) < BUFFER_BYTES / size_of::<Entry>());
    unsafe { (&raw const BUFFER).cast::<Entry>().add(index as usize).read() }
}

/// The text of a `wem_message`, or the config: the first bytes of the buffer.
pub fn bytes<'a>(length: i32) -> &'a [u8] {
    let length = (length as usize).min(BUFFER_BYTES);
    unsafe { core::slice::from_raw_parts((&raw const BUFFER).cast(), length) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
