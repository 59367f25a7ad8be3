import { isatty } from 'node:tty';
import { monotonicNs, realtimeNs } from '../sys/index.js';
import type { IpFamily } from './address.js';
import { IncomingDatagramStream, OutgoingDatagramStream } from './datagrams.js';
import { WasiExit } from './exit.js';
import { IoError } from './faults.js';
import type { Guest } from './guest.js';
import { ResolveAddressStream, resolveAddresses } from './lookup.js';
import { Network } from './network.js';
import type { Settings } from './options.js';
import { Pollable, poll } from './pollable.js';
import { FdSink, FdSource } from './stdio.js';
import { InputStream, OutputStream } from './streams.js';
import { TcpSocket } from './tcp.js';
import { UdpSocket } from './udp.js';

export type Interfaces = Record<string, Record<string, unknown>>;

const SECOND = 1_000_000_000n;
const TIME_MAX = 2n ** 64n - 1n;

/** `wasi:io`, in the shape that jco's generated code takes. */
export function ioInterfaces(): Interfaces {
  return {
    'wasi:io/error': { Error: IoError },
    'wasi:io/poll': { Pollable, poll },
    'wasi:io/streams': { InputStream, OutputStream },
  };
}

/** `wasi:clocks`. A duration counts from the call; a time that doesn't come stays in the future. */
export function clockInterfaces(guest: Guest): Interfaces {
  const at = (atNs: bigint) => new Pollable(guest, { atNs: atNs > TIME_MAX ? TIME_MAX : atNs });
  return {
    'wasi:clocks/monotonic-clock': {
      now: monotonicNs,
      resolution: () => 1n,
      subscribeInstant: at,
      subscribeDuration: (duration: bigint) => at(monotonicNs() + duration),
    },
    'wasi:clocks/wall-clock': {
      now: () => datetime(realtimeNs()),
      resolution: () => datetime(1n),
    },
  };
}

function datetime(ns: bigint) {
  return { seconds: ns / SECOND, nanoseconds: Number(ns % SECOND) };
}

/** `wasi:sockets`. */
export function socketInterfaces(guest: Guest): Interfaces {
  return {
    'wasi:sockets/network': { Network, networkErrorCode: IoError.socketCode },
    'wasi:sockets/instance-network': { instanceNetwork: () => new Network(guest) },
    'wasi:sockets/ip-name-lookup': {
      ResolveAddressStream,
      resolveAddresses: (network: Network, name: string) => resolveAddresses(guest, network, name),
    },
    'wasi:sockets/tcp': { TcpSocket },
    'wasi:sockets/tcp-create-socket': {
      createTcpSocket: (family: IpFamily) => TcpSocket.open(guest, family),
    },
    'wasi:sockets/udp': { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    'wasi:sockets/udp-create-socket': {
      createUdpSocket: (family: IpFamily) => UdpSocket.open(guest, family),
    },
  };
}

class TerminalInput {}
class TerminalOutput {}

/** `wasi:cli`. */
export function cliInterfaces(guest: Guest, settings: Settings): Interfaces {
  const { args, env, stdin, stdout, stderr } = settings;
  const output = (fd: number) => () => new OutputStream(guest, new FdSink(fd));
  const terminal = (fd: number) => () => (isatty(fd) ? new TerminalOutput() : undefined);
  return {
    'wasi:cli/environment': {
      getArguments: () => args,
      getEnvironment: () => Object.entries(env),
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': {
      exit({ tag }: { tag: 'ok' | 'err' }) {
        throw new WasiExit(tag === 'ok' ? 0 : 1);
      },
      exitWithCode(code: number) {
        throw new WasiExit(code);
      },
    },
    'wasi:cli/stdin': { getStdin: () => new InputStream(guest, new FdSource(stdin)) },
    'wasi:cli/stdout': { getStdout: output(stdout) },
    'wasi:cli/stderr': { getStderr: output(stderr) },
    'wasi:cli/terminal-input': { TerminalInput },
    'wasi:cli/terminal-output': { TerminalOutput },
    'wasi:cli/terminal-stdin': {
      getTerminalStdin: () => (isatty(stdin) ? new TerminalInput() : undefined),
    },
    'wasi:cli/terminal-stdout': { getTerminalStdout: terminal(stdout) },
    'wasi:cli/terminal-stderr': { getTerminalStderr: terminal(stderr) },
  };
}
