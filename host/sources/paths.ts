import { invalidType, outOfRange } from '../contract/index.js';

/** A path as the kernel takes it, who ends it at the first zero byte. */
export function checkPath(path: unknown): string {
  if (typeof path !== 'string') throw invalidType('The path', 'a string', path);
  if (path.includes('\0')) throw outOfRange('The path', 'without a zero byte', path);
  return path;
}
