export { RemoteEndpoint } from './endpoint.js';
export { RemoteService } from './service.js';
