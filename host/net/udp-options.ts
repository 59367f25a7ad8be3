import { checkFlag, checkOptions, type OptionNames } from '../contract/index.js';

export interface UdpOptions {
  /** A numeric address; a name is resolved by getaddrinfo(3), which blocks. Default '0.0.0.0'. */
  host?: string;
  /** 0, the default, has the kernel choose. */
  port?: number;
  /** The only peer: `send` needs no destination, and others are not heard. */
  peer?: { host: string; port: number };
  /** SO_REUSEADDR, by which several sockets receive the same multicasts. */
  reuseAddress?: boolean;
  /** SO_REUSEPORT: several sockets share the port, and the kernel spreads datagrams. */
  reusePort?: boolean;
  /** SO_BROADCAST. */
  broadcast?: boolean;
}

const OPTIONS: OptionNames<UdpOptions> = {
  host: true,
  port: true,
  peer: true,
  reuseAddress: true,
  reusePort: true,
  broadcast: true,
};

export function checkUdpOptions(options: UdpOptions): UdpOptions {
  checkOptions('a UdpSocket', options, OPTIONS);
  if (options.peer !== undefined) checkOptions('peer', options.peer, { host: true, port: true });
  for (const name of ['reuseAddress', 'reusePort', 'broadcast'] as const) {
    checkFlag(name, options[name]);
  }
  return options;
}
