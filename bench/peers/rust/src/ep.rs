//! eventp, as its own users have it: one closure for each fd.

use crate::scenario::{drain, Contender, Mode, Scenario};
use eventp::epoll::EpollCreateFlags;
use eventp::tri_subscriber::WithHandler;
use eventp::{Eventp, Subscriber};
use std::cell::Cell;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;

struct Reactor {
    reactor: Eventp,
    totals: Rc<Cell<(u64, u64)>>,
}

impl Contender for Reactor {
    fn run(&mut self) {
        self.reactor.run_once().unwrap();
    }
    fn counts(&self) -> (u64, u64) {
        self.totals.get()
    }
}

pub fn build(scenario: &Scenario, fds: &[i32]) -> Box<dyn Contender> {
    let flags = EpollCreateFlags::EPOLL_CLOEXEC;
    let mut reactor = Eventp::new(scenario.capacity(), flags).unwrap();
    let totals: Rc<Cell<(u64, u64)>> = Rc::default();
    let (reads, edge) = (scenario.mode == Mode::Read, scenario.mode == Mode::Edge);
    for fd in fds {
        let totals = totals.clone();
        let interest = eventp::interest().read();
        let interest = if edge { interest.edge_triggered() } else { interest };
        interest
            .with_fd(unsafe { OwnedFd::from_raw_fd(*fd) })
            .with_handler(move |fd: &mut OwnedFd| {
                let (calls, sum) = totals.get();
                let read = if reads { drain(fd.as_raw_fd()) } else { 1 };
                totals.set((calls + 1, sum + read));
            })
            .register_into(&mut reactor)
            .unwrap();
    }
    Box::new(Reactor { reactor, totals })
}
