import { Resource } from './guest.js';

/** `wasi:sockets/network.network`: the capability to use the network, as far as the policy goes. */
export class Network extends Resource {
  get [Symbol.toStringTag](): string {
    return 'Network';
  }
}
