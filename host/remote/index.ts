export { RemoteEndpoint, type RemoteEndpointOptions } from './endpoint.js';
export type {
  Procedure,
  ProcedureArguments,
  ProcedureName,
  ProcedureResult,
  Procedures,
} from './procedures.js';
export { RemoteTimeoutError } from './remote-error.js';
export { type Transferable, transfer } from './transfer.js';
