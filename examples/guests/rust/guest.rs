//! Counts the bytes that come on the grant "requests", and publishes the sum on "counts".
#![no_std]

mod wem;

use core::sync::atomic::{AtomicI32, Ordering::Relaxed};

static SUM: AtomicI32 = AtomicI32::new(0);

fn watch() {
    let handle = wem::grant("requests");
    if handle >= 0 {
        wem::add(handle, wem::IN, 0);
    }
}

#[unsafe(no_mangle)]
extern "C" fn wem_init(_length: i32) -> i32 {
    watch();
    wem::log(2, "ready");
    0
}

fn drain(handle: i32) {
    let mut chunk = [0; 1_024];
    loop {
        let count = wem::read(handle, &mut chunk);
        if count <= 0 {
            return;
        }
        SUM.fetch_add(count, Relaxed);
    }
}

#[unsafe(no_mangle)]
extern "C" fn wem_process(count: i32) {
    for entry in (0..count).map(wem::entry) {
        match entry.kind {
            wem::GRANTED => watch(),
            wem::FD => drain(entry.handle),
            _ => {}
        }
    }
    wem::publish("counts", &SUM.load(Relaxed).to_le_bytes());
}
