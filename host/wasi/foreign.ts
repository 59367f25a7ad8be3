/** A class of preview2-shim's, of which the generated code may be given instances, too. */
type Class = abstract new (...args: never[]) => object;

const classes: Record<'Pollable' | 'InputStream' | 'OutputStream' | 'Error', Class[]> = {
  Pollable: [],
  InputStream: [],
  OutputStream: [],
  Error: [],
};
export type ForeignKind = keyof typeof classes;

/** From now on instances of the class pass for ours. */
export function letThrough(kind: ForeignKind, foreign: Class): void {
  if (!classes[kind].includes(foreign)) classes[kind].push(foreign);
}

/** Whether a value is one of the shim's: of a file, that is. */
export function isForeign(kind: ForeignKind, value: unknown): boolean {
  return classes[kind].some((foreign) => value instanceof foreign);
}
