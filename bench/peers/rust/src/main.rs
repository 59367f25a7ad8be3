mod em;
mod ep;
mod mio_table;
mod scenario;

use scenario::{eventfd, serve, Contender, Mode, Scenario};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scenario = Scenario::from_args(&args[1..]);
    let fds: Vec<i32> = (0..scenario.fds())
        .map(|i| eventfd((scenario.mode == Mode::Always && i < scenario.ready) as u32))
        .collect();
    let mut contender: Box<dyn Contender> = match args[0].as_str() {
        "event-manager" => em::build(&scenario, &fds),
        "eventp" => ep::build(&scenario, &fds),
        "mio" => mio_table::build(&scenario, &fds),
        other => panic!("unknown library {other}"),
    };
    serve(&scenario, &fds, contender.as_mut());
}
