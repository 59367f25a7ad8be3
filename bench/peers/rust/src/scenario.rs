//! What every contender is asked to do: see bench/README.md.

use std::io::{BufRead, Write};
use std::time::Instant;

#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// The ready fds stay ready: each run reports them all.
    Always,
    /// The ready fds are written to before each run, and read by their handlers.
    Read,
    /// The same, edge-triggered and without the read.
    Edge,
    /// One more fd is added and removed.
    Churn,
}

pub struct Scenario {
    pub mode: Mode,
    pub subscribers: usize,
    pub fds_each: usize,
    pub ready: usize,
    /// How subscribers count: "own", "shared", or "dynamic" (of two kinds).
    pub variant: String,
}

impl Scenario {
    /// `library variant mode subscribers fds_each ready`
    pub fn from_args(args: &[String]) -> Scenario {
        Scenario {
            variant: args[0].clone(),
            mode: match args[1].as_str() {
                "always" => Mode::Always,
                "read" => Mode::Read,
                "edge" => Mode::Edge,
                "churn" => Mode::Churn,
                other => panic!("unknown mode {other}"),
            },
            subscribers: args[2].parse().unwrap(),
            fds_each: args[3].parse().unwrap(),
            ready: args[4].parse().unwrap(),
        }
    }

    /// fds of one subscriber: of two kinds of subscribers, every second has one.
    pub fn fds_of(&self, subscriber: usize) -> usize {
        if self.variant == "dynamic" && subscriber % 2 == 1 {
            1
        } else {
            self.fds_each
        }
    }

    pub fn fds(&self) -> usize {
        (0..self.subscribers).map(|i| self.fds_of(i)).sum()
    }

    pub fn capacity(&self) -> usize {
        self.ready.max(256)
    }
}

pub fn eventfd(initial: u32) -> i32 {
    let fd = unsafe { libc::eventfd(initial, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
    assert!(fd >= 0);
    fd
}

#[inline]
pub fn fire(fd: i32) {
    let one = 1u64;
    let written = unsafe { libc::write(fd, (&one as *const u64).cast(), 8) };
    assert_eq!(written, 8);
}

#[inline]
pub fn drain(fd: i32) -> u64 {
    let mut value = 0u64;
    let got = unsafe { libc::read(fd, (&mut value as *mut u64).cast(), 8) };
    assert_eq!(got, 8);
    value
}

/// One library, set up for a scenario.
pub trait Contender {
    fn run(&mut self);
    /// Adds and removes one fd.
    fn churn(&mut self, _fd: i32) {
        unimplemented!()
    }
    /// Handler calls so far, and the sum of what they read.
    fn counts(&self) -> (u64, u64);
}

/// Answers `round N` lines until the end of the input.
pub fn serve(scenario: &Scenario, fds: &[i32], contender: &mut dyn Contender) {
    let extra = eventfd(0);
    let first = (fds.len() - scenario.ready) / 2;
    let fired = &fds[first..first + scenario.ready];
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let iterations: u64 = line.strip_prefix("round ").unwrap().parse().unwrap();
        let before = contender.counts();
        let start = Instant::now();
        for _ in 0..iterations {
            match scenario.mode {
                Mode::Always => contender.run(),
                Mode::Churn => contender.churn(extra),
                Mode::Read | Mode::Edge => {
                    for &fd in fired {
                        fire(fd);
                    }
                    contender.run();
                }
            }
        }
        let ns = start.elapsed().as_nanos();
        let after = contender.counts();
        let (events, checksum) = (after.0 - before.0, after.1 - before.1);
        println!("{{\"ns\":{ns},\"iterations\":{iterations},\"events\":{events},\"checksum\":{checksum}}}");
        std::io::stdout().flush().unwrap();
    }
}
