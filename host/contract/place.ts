/** What a system call was about, beside its fd. */
export interface Place {
  /** In words, for the message alone: 'process 4711'. */
  readonly what?: string;
  /** Numeric; of a Unix socket its path, as in Node. */
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
}

/** What is given an address, and isn't asked for one. */
const GOES_TO = new Set(['bind', 'connect', 'sendto']);

/** ' to 127.0.0.1:80', ' of "/dev/ttyUSB0"'; '' where nothing is known. */
export function formatPlace(syscall: string, { what, address, port, path }: Place): string {
  const internet = address !== undefined && port !== undefined && formatAddress(address, port);
  const name = what ?? (path === undefined ? internet : JSON.stringify(path));
  if (!name) return '';
  return `${GOES_TO.has(syscall) ? ' to' : ' of'} ${name}`;
}

/** '127.0.0.1:80', '[::1]:80'. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
