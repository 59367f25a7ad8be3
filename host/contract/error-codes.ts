/** What `docs/errors.md` says about one code. */
export interface ErrorMeaning {
  /** When an error has the code. */
  means: string;
  /** What the reader can do about the error. */
  remedy: string;
}

/**
 * Every code that an error of this library can have, those of failed system calls aside, which
 * have the errno's name (`SystemErrorCode`): nothing else in `host/` may name a code.
 * The type `ErrorCode` and `docs/errors.md` (`make errors`) come from here, and
 * `test/error-codes.test.ts` holds all of them together. Codes are in alphabetical order.
 */
export const ERROR_CODES = {
  ERR_ALREADY_ATTACHED: {
    means: '`attach`, `run` or `runForever` was called on an event manager that is attached.',
    remedy: '`detach()` the attachment that the first call returned, or use `runWithTimeout`.',
  },
  ERR_BLOCKING_FD: {
    means: 'A fd that a guest may read or write is blocking, and would hold up the whole thread.',
    remedy: 'Wrap the fd in an `AdoptedFd`, which makes it non-blocking, and grant that.',
  },
  ERR_CLOSED: {
    means:
      'The event manager, clock, bus, endpoint, poll, source or socket was closed, before the ' +
      'call or while it was pending.',
    remedy: 'Make a new one, or close it later. A promise rejected so at shutdown can be ignored.',
  },
  ERR_ENDPOINT_EXISTS: {
    means: 'A handler is registered at this endpoint of the bus.',
    remedy: '`deregister` the endpoint first, or choose another name.',
  },
  ERR_EVENT_TOO_LARGE: {
    means: 'The texts of an event do not fit into the memory of its Wasm or native handler.',
    remedy: 'Raise `capacity` of the handler.',
  },
  ERR_FD_ALREADY_REGISTERED: {
    means: 'The fd has a registration, and a fd can have one only.',
    remedy: '`modify` that registration, have all subscribers `share` the fd, or add a dup of it.',
  },
  ERR_FFI_UNAVAILABLE: {
    means: '`ffi`, or WASM_EVENT_MANAGER_FFI, asks for what this Node does not have.',
    remedy: 'Leave it out, or use one that the message names.',
  },
  ERR_GRANT_EXISTS: {
    means: 'The plugin has a grant of this name.',
    remedy: '`revoke` that grant first, or choose another name.',
  },
  ERR_HANDLER_CLOSED: {
    means: 'An event was given to a native handler that is closed.',
    remedy: 'Remove its registration, timer or subscription before you close a native handler.',
  },
  ERR_HANDLER_TRAPPED: {
    means: 'The Wasm function has trapped before, so that the state of its guest is unknown.',
    remedy: 'Make a new instance, and a handler for that one. `cause` is the trap.',
  },
  ERR_HANG_UP_STORM: {
    means:
      'A fd reported HANG_UP or ERROR in many turns in a row, and its handler left it ' +
      'registered: the loop is spinning. Reported once, to `onError`.',
    remedy: 'Remove, pause or close the fd when `events.hangUp` or `events.error` is true.',
  },
  ERR_INVALID_ARG_TYPE: {
    means: 'An argument has the wrong type. The error is a `TypeError`.',
    remedy: 'Pass what the message names. Nothing was changed.',
  },
  ERR_INVALID_CAPACITY: {
    means: "`capacity` is neither 'auto' nor an integer from 1 to `MAX_READY_EVENTS`.",
    remedy: "Leave it out, or pass 'auto'.",
  },
  ERR_INVALID_ENDPOINT: {
    means:
      'The port was not made by `endpoint.share()`, was used before, or is of another version.',
    remedy: 'Call `share()` once for each thread, and load one version of the library in all.',
  },
  ERR_INVALID_HANDLE: {
    means: 'What was passed to `from` was not made by `share()`, or by another version.',
    remedy: 'Pass what `share()` returned, and load one version of the library in all threads.',
  },
  ERR_INVALID_ID: {
    means: 'No subscriber has this id: it was removed, or belongs to another event manager.',
    remedy: 'Keep ids beside their manager, and forget them when the subscriber is removed.',
  },
  ERR_INVALID_INTEREST: {
    means:
      'The event set is not allowed: EXCLUSIVE beside ONE_SHOT, PRIORITY or READ_HANG_UP, on an ' +
      'epoll instance, on a shared fd, or changed later in a `Poll`; or EDGE_TRIGGERED for one ' +
      'of several subscribers that share a fd, and not for the others.',
    remedy: 'Leave one out, as the message says. In a `Poll`, deregister the fd, and register it.',
  },
  ERR_INVALID_SCHEDULE: {
    means: "A schedule's `nextRun` threw, or answered what is no later `Date`, nor null.",
    remedy: 'Answer a `Date` later than the one that `nextRun` is given; null when there is none.',
  },
  ERR_INVALID_SNAPSHOT: {
    means: 'The bytes are no snapshot, or one of another version of the library.',
    remedy: 'Pass what `snapshot()` returned, unchanged, to the same version.',
  },
  ERR_LIMIT_EXCEEDED: {
    means:
      'A bus has as many subscriptions, endpoints or open requests as it may, or a WASI guest as ' +
      'many resources.',
    remedy:
      'End some, or raise `subscriptionsMax`, `endpointsMax`, `requestsMax` or `resourcesMax`. A ' +
      'number that keeps growing is a leak.',
  },
  ERR_MESSAGE_NOT_SCALAR: {
    means: 'A message that is no number reached a Wasm handler that takes numbers.',
    remedy: "Make the handler with `style: 'struct'`.",
  },
  ERR_MESSAGE_REFUSED: {
    means:
      'The NATS server, or its client, did not take a message of the bus: the reason is in the ' +
      'text and in `cause`.',
    remedy: 'Publish on subjects that the server permits, and less in one message.',
  },
  ERR_MISSING_PEER: {
    means:
      'An optional package is not installed: croner, @nats-io/transport-node, or ' +
      '@bytecodealliance/preview2-shim.',
    remedy: 'Install it, or pass an object of your own in its place: the message says which.',
  },
  ERR_MODULE_REFUSED: {
    means:
      'A Wasm module has something that is not known to be harmless, or too much of something. ' +
      '`offset`, `feature` and `limit` say what. It was not compiled.',
    remedy: 'Build it without that feature, or raise the limit that the message names.',
  },
  ERR_NAME_NOT_RESOLVED: {
    means: 'The host name has no address, or the resolver did not answer.',
    remedy: 'Check the name, or pass an address. `cause` is the error of the resolver, if any.',
  },
  ERR_NESTING_TOO_DEEP: {
    means: 'An epoll instance was added that watches this one, or lies too deep (ELOOP).',
    remedy: 'Nest at most 5 instances, without a circle. `manager.fd` counts as two.',
  },
  ERR_NEVER_FIRES: {
    means: 'A fd was registered for no event, so that it reports nothing. Told to `onError`, once.',
    remedy: 'Ask for `EventSet.IN`, or `.read()` in the builder; else for `EventSet.HANG_UP`.',
  },
  ERR_NEVER_READ: {
    means:
      'A level-triggered fd was readable in many turns in a row, and nobody has read it: the ' +
      'loop is spinning. Reported once, to `onError`.',
    remedy: 'Read the fd in its handler, register it with `EDGE_TRIGGERED`, pause or remove it.',
  },
  ERR_NOT_ANSWERABLE: {
    means: 'A request was made of an endpoint whose handler is remote and cannot answer.',
    remedy: '`send` to it, or register a function that calls the remote procedure and responds.',
  },
  ERR_NOT_A_STREAM: {
    means: 'A socket of messages, or one that listens, was adopted as a stream.',
    remedy: "Adopt a SOCK_STREAM socket that is connected; give a listening one to a listener's.",
  },
  ERR_NOT_CLONEABLE: {
    means: 'An argument or a result cannot be sent to another thread.',
    remedy: 'Leave out functions and symbols, and put a MessagePort into `transfer`.',
  },
  ERR_NOT_LISTENING: {
    means: 'A socket that does not listen was adopted as a listener.',
    remedy: 'Call listen(2) on it first, or adopt it as a stream.',
  },
  ERR_NOT_OWNER: {
    means: 'Another subscriber registered the fd, and only that one may change it.',
    remedy: 'Change it through the `ops` of its own subscriber, or have both `share` the fd.',
  },
  ERR_NOT_POLLABLE: {
    means: 'The fd is a regular file, a directory or a device such as /dev/null: always ready.',
    remedy: 'Read it directly. To hear of changes to a file, use `Inotify`.',
  },
  ERR_NOT_REGISTERED: {
    means: 'The fd is not registered, or its file was closed while it was awaited.',
    remedy: '`add` it first, and remove it before you close it.',
  },
  ERR_NO_HANDLER: {
    means: 'A timer was set without a handler, on a clock without a default handler.',
    remedy: 'Pass `handler`, or call `setDefaultHandler` first.',
  },
  ERR_OUT_OF_MEMORY: {
    means:
      'The tables in Wasm memory are full or cannot be made, or a guest has no room for what it ' +
      'is passed.',
    remedy:
      'Raise `memoryMax`, or remove what is not needed. Under `ulimit -v`: raise that, or run ' +
      'node with `--disable-wasm-trap-handler`.',
  },
  ERR_OUT_OF_RANGE: {
    means: 'An argument has the right type and a value out of range. It is a `RangeError`.',
    remedy: 'Pass what the message names. Nothing was changed.',
  },
  ERR_PLUGIN_EXISTS: {
    means: 'The plugin host has a plugin of this name.',
    remedy: '`reload` or `unload` that plugin, or choose another name.',
  },
  ERR_PLUGIN_FAULT: {
    means:
      'A guest trapped, took too long, used up its fuel, does not keep to the interface, or ' +
      'refused to begin; `kind` says which. Nothing of it is registered any more.',
    remedy: 'Look at `cause` and at what the guest logged; `onFault` can begin it anew.',
  },
  ERR_PUBLISH_TOO_DEEP: {
    means: 'Handlers sent messages in answer to messages, more levels deep than `depthMax`.',
    remedy: 'Look for two handlers that answer each other for ever, or raise `depthMax`.',
  },
  ERR_QUEUE_FULL: {
    means: 'A bounded queue is full: calls of an endpoint, or messages of a bus or a bridge.',
    remedy: 'Wait and try again, send less at a time, or raise the limit that the message names.',
  },
  ERR_REBUILD_FAILED: {
    means: 'The epoll instance was replaced, after attempts that failed. Told to `onError`.',
    remedy: 'See the first failure, told by itself: EMFILE, for one, wants a higher limit.',
  },
  ERR_RECOVERED: {
    means: 'A run of failures of a listener or a UDP socket has ended. Told to its `onError`.',
    remedy: 'See the first failure, which was told by itself.',
  },
  ERR_REENTRANT: {
    means: 'A handler called `run`, or `advanceTime`, from inside a turn.',
    remedy: 'Let the handler return: what it added or set fires in the next turn.',
  },
  ERR_SIGNAL_NOT_BLOCKED: {
    means: 'A thread of Node does not block the signal, so that a `SignalFd` would miss it.',
    remedy: 'Use a `SignalRelay`.',
  },
  ERR_SUBSCRIBER_ALREADY_ADDED: {
    means: 'This object is a subscriber of this event manager.',
    remedy: 'Add another object, or remove this one first.',
  },
  ERR_SUBSCRIPTION_EXISTS: {
    means: 'This handler is subscribed with this pattern.',
    remedy: 'Unsubscribe it first, or pass another function.',
  },
  ERR_TIMED_OUT: {
    means: 'A fd was not ready, or an answer did not come, within the timeout.',
    remedy: 'Try again, or wait longer. After a remote call `started` tells whether it ran.',
  },
  ERR_TIMER_EXISTS: {
    means: 'The clock has a timer of this name.',
    remedy: 'Cancel that timer, pass `replace: true`, or choose another name.',
  },
  ERR_TOO_MANY_EVENTS: {
    means: 'A `TestClock` fired more events in one advance than `eventsMax`.',
    remedy: 'Look for an interval that is too short, or raise `eventsMax`.',
  },
  ERR_UNKNOWN_ENDPOINT: {
    means: 'Nobody is registered at this endpoint of the bus.',
    remedy: '`register` a handler there before you send, and check the name.',
  },
  ERR_UNKNOWN_PROCEDURE: {
    means: 'The event manager exposes no procedure of this name.',
    remedy: '`expose` it in the thread of the manager. The message lists what is exposed.',
  },
  ERR_UNKNOWN_REQUEST: {
    means: 'An answer was given to a request that this bus never made.',
    remedy: 'Answer on the bus that the request came from, with its id.',
  },
  ERR_UNSUPPORTED_PLATFORM: {
    means: 'The system is not Linux, koffi cannot be loaded, or the system calls lack a feature.',
    remedy: 'Ask `EventManager.isSupported()` first, or pass `syscalls` that have it.',
  },
  ERR_VIEW_REVOKED: {
    means: 'A read-only handler used the view of an event after its call had ended.',
    remedy: 'Keep what `view.clone()` returns.',
  },
  ERR_WAKER_EXISTS: {
    means: 'The poll has a waker, and can have one only.',
    remedy: 'Pass that waker on with `share()`, or close it first.',
  },
  ERR_WASI_TRAP: {
    means:
      'A WASI guest broke a rule for which the interface has no error: an empty `poll`, a write ' +
      'beyond what `check-write` permitted, a handle that is not its own.',
    remedy: 'Mend the guest: the message names the rule. `close` the guest, and make a new one.',
  },
  ERR_WOULD_DEADLOCK: {
    means: '`callBlocking` in the thread of the event manager would wait for itself.',
    remedy: 'Use `call`, or call the procedure directly.',
  },
  ERR_WOULD_ECHO: {
    means: 'The connection to NATS would bring back what the bridge sends.',
    remedy: 'Connect with `noEcho: true`.',
  },
} satisfies Record<`ERR_${string}`, ErrorMeaning>;
