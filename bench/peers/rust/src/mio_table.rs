//! mio, with the table that its user has to bring: a closure for each token.

use crate::scenario::{drain, Contender, Mode, Scenario};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::rc::Rc;

struct Table {
    poll: Poll,
    events: Events,
    handlers: FxHashMap<Token, Box<dyn FnMut()>>,
    totals: Rc<Cell<(u64, u64)>>,
}

impl Contender for Table {
    fn run(&mut self) {
        self.poll.poll(&mut self.events, None).unwrap();
        for event in self.events.iter() {
            (self.handlers.get_mut(&event.token()).unwrap())();
        }
    }
    fn churn(&mut self, fd: i32) {
        let registry = self.poll.registry();
        let token = Token(usize::MAX);
        registry.register(&mut SourceFd(&fd), token, Interest::READABLE).unwrap();
        self.handlers.insert(token, Box::new(|| {}));
        registry.deregister(&mut SourceFd(&fd)).unwrap();
        self.handlers.remove(&token);
        let (calls, sum) = self.totals.get();
        self.totals.set((calls + 1, sum + 1));
    }
    fn counts(&self) -> (u64, u64) {
        self.totals.get()
    }
}

pub fn build(scenario: &Scenario, fds: &[i32]) -> Box<dyn Contender> {
    let poll = Poll::new().unwrap();
    let totals: Rc<Cell<(u64, u64)>> = Rc::default();
    let mut handlers: FxHashMap<Token, Box<dyn FnMut()>> = FxHashMap::default();
    let reads = scenario.mode == Mode::Read;
    for (i, fd) in fds.iter().copied().enumerate() {
        // mio is edge-triggered always.
        poll.registry().register(&mut SourceFd(&fd), Token(i), Interest::READABLE).unwrap();
        let totals = totals.clone();
        handlers.insert(
            Token(i),
            Box::new(move || {
                let (calls, sum) = totals.get();
                let read = if reads { drain(fd) } else { 1 };
                totals.set((calls + 1, sum + read));
            }),
        );
    }
    let events = Events::with_capacity(scenario.capacity());
    Box::new(Table { poll, events, handlers, totals })
}
