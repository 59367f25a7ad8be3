//! rust-vmm's event-manager.

use crate::scenario::{drain, Contender, Mode, Scenario};
use event_manager::{
    EventManager, EventOps, EventSet, Events, MutEventSubscriber, SubscriberId, SubscriberOps,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

type Totals = Rc<Cell<(u64, u64)>>;

/// Counts for itself, by the data of its fds.
struct Counter {
    fds: Vec<i32>,
    own: [u64; 4],
    totals: Totals,
    mode: Mode,
}

impl Counter {
    fn handle(&mut self, events: Events) {
        let (calls, sum) = self.totals.get();
        let read = if self.mode == Mode::Read { drain(events.fd()) } else { 1 };
        self.own[events.data() as usize & 3] += 1;
        self.totals.set((calls + 1, sum + read));
    }

    fn register(&self, ops: &mut EventOps) {
        let edge = if self.mode == Mode::Edge { EventSet::EDGE_TRIGGERED } else { EventSet::empty() };
        for (i, fd) in self.fds.iter().enumerate() {
            ops.add(Events::with_data_raw(*fd, i as u32, EventSet::IN | edge)).unwrap();
        }
    }
}

impl MutEventSubscriber for Counter {
    fn process(&mut self, events: Events, _ops: &mut EventOps) {
        self.handle(events);
    }
    fn init(&mut self, ops: &mut EventOps) {
        self.register(ops);
    }
}

/// A second kind, with one fd.
struct Single(Counter);

impl MutEventSubscriber for Single {
    fn process(&mut self, events: Events, _ops: &mut EventOps) {
        self.0.handle(events);
    }
    fn init(&mut self, ops: &mut EventOps) {
        self.0.register(ops);
    }
}

struct Manager<S> {
    manager: EventManager<S>,
    totals: Totals,
    first: SubscriberId,
}

impl<S: MutEventSubscriber> Contender for Manager<S> {
    fn run(&mut self) {
        self.manager.run().unwrap();
    }
    fn churn(&mut self, fd: i32) {
        let mut ops = self.manager.event_ops(self.first).unwrap();
        ops.add(Events::new_raw(fd, EventSet::IN)).unwrap();
        ops.remove(Events::empty_raw(fd)).unwrap();
        let (calls, sum) = self.totals.get();
        self.totals.set((calls + 1, sum + 1));
    }
    fn counts(&self) -> (u64, u64) {
        self.totals.get()
    }
}

fn fill<S: MutEventSubscriber + 'static>(
    scenario: &Scenario,
    fds: &[i32],
    wrap: impl Fn(Counter, usize) -> S,
) -> Box<dyn Contender> {
    let mut manager = EventManager::new_with_capacity(scenario.capacity()).unwrap();
    let totals: Totals = Rc::default();
    let mut rest = fds;
    let mut first = None;
    for i in 0..scenario.subscribers {
        let (mine, others) = rest.split_at(scenario.fds_of(i));
        rest = others;
        let counter = Counter {
            fds: mine.to_vec(),
            own: [0; 4],
            totals: totals.clone(),
            mode: scenario.mode,
        };
        let id = manager.add_subscriber(wrap(counter, i));
        first.get_or_insert(id);
    }
    Box::new(Manager { manager, totals, first: first.unwrap() })
}

pub fn build(scenario: &Scenario, fds: &[i32]) -> Box<dyn Contender> {
    match scenario.variant.as_str() {
        "shared" => fill(scenario, fds, |counter, _| Arc::new(Mutex::new(counter))),
        "dynamic" => fill(scenario, fds, |counter, i| -> Box<dyn MutEventSubscriber> {
            if i % 2 == 0 {
                Box::new(counter)
            } else {
                Box::new(Single(counter))
            }
        }),
        _ => fill(scenario, fds, |counter, _| counter),
    }
}
