/** What a function of a guest takes, as far as numbers go. */
export type ScalarType = 'i32' | 'i64' | 'f32' | 'f64';

/** As WebAssembly's binary format has them. */
const CODES: Record<ScalarType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const TYPES = Object.keys(CODES) as ScalarType[];
/** What it may answer: nothing, or one number. */
const RESULTS: ScalarType[][] = [[], ...TYPES.map((type) => [type])];
/** No event is passed as more numbers. */
const PARAMETERS_MAX = 3;
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const modules = new Map<string, WebAssembly.Module>();
const known = new WeakMap<object, readonly ScalarType[] | undefined>();

/**
 * The parameters of an exported function, found by what it can be linked to: it is not called.
 * Undefined for a function of JavaScript, which takes anything, and for a rarer signature.
 */
export function parametersOf(
  call: (...args: never[]) => unknown,
): readonly ScalarType[] | undefined {
  if (!known.has(call)) known.set(call, findParameters(call));
  return known.get(call);
}

function findParameters(call: (...args: never[]) => unknown): readonly ScalarType[] | undefined {
  if (call.length > PARAMETERS_MAX) return undefined;
  const isJavaScript = links(call, [], []) && links(call, [], ['i32']);
  if (isJavaScript) return undefined;
  return combinations(call.length).find((parameters) =>
    RESULTS.some((results) => links(call, parameters, results)),
  );
}

/** All lists of so many types, those of one type first. */
function combinations(length: number): ScalarType[][] {
  let lists: ScalarType[][] = [[]];
  for (let i = 0; i < length; i += 1) {
    lists = lists.flatMap((list) => TYPES.map((type) => [...list, type]));
  }
  const kinds = (list: ScalarType[]) => new Set(list).size;
  return lists.sort((a, b) => kinds(a) - kinds(b));
}

function links(call: unknown, parameters: ScalarType[], results: ScalarType[]): boolean {
  try {
    new WebAssembly.Instance(importing(parameters, results), { g: { f: call as never } });
    return true;
  } catch (error) {
    if (error instanceof WebAssembly.LinkError) return false;
    throw error;
  }
}

/** A module that does nothing but import a function of this signature, as `f` of `g`. */
function importing(parameters: ScalarType[], results: ScalarType[]): WebAssembly.Module {
  const signature = `${parameters} → ${results}`;
  const made = modules.get(signature);
  if (made) return made;
  const vector = (types: ScalarType[]) => [types.length, ...types.map((type) => CODES[type])];
  const type = [1, 0x60, ...vector(parameters), ...vector(results)];
  const imported = [1, 1, 0x67, 1, 0x66, 0, 0];
  const sections = [1, type.length, ...type, 2, imported.length, ...imported];
  const module = new WebAssembly.Module(new Uint8Array([...HEADER, ...sections]));
  modules.set(signature, module);
  return module;
}
