import ts from '@typescript/typescript6';

/** One change to one source. */
export interface Mutation {
  file: string;
  /** From 1. */
  line: number;
  /** The line, without its indent. */
  text: string;
  start: number;
  end: number;
  /** What is there, and what is put in its place. */
  was: string;
  becomes: string;
  kind: Kind;
}
export type Kind = 'operator' | 'constant' | 'dropped' | 'negated' | 'swapped';

type Edit = Pick<Mutation, 'was' | 'becomes' | 'kind'> & { start: number; end: number };

const { SyntaxKind: K } = ts;

const BINARY = new Map<string, readonly string[]>([
  ['+', ['-']],
  ['-', ['+']],
  ['*', ['/']],
  ['/', ['*']],
  ['%', ['*']],
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['==', ['!=']],
  ['!=', ['==']],
  ['===', ['!==']],
  ['!==', ['===']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['??', ['&&']],
  ['&', ['|']],
  ['|', ['&']],
  ['^', ['|']],
  ['<<', ['>>']],
  ['>>', ['<<']],
  ['>>>', ['>>']],
  ['+=', ['-=']],
  ['-=', ['+=']],
  ['*=', ['/=']],
  ['/=', ['*=']],
  ['|=', ['&=']],
  ['&=', ['|=']],
  ['^=', ['|=']],
  ['<<=', ['>>=']],
  ['>>=', ['<<=']],
  ['>>>=', ['>>=']],
  ['&&=', ['=']],
  ['||=', ['=']],
  ['??=', ['=']],
]);
const UNARY = new Map<string, string>([
  ['++', '--'],
  ['--', '++'],
  ['-', ''],
  ['~', ''],
  ['!', ''],
]);
/** An assertion says what holds; a weaker one changes nothing that a test could see. */
const ASSERTIONS = /^(assert|unreachable)$/;

/** Every change of one place of a source, in their order. */
export function mutationsOf(file: string, text: string): Mutation[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (says(node)) return;
    edits.push(...editsAt(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  const lines = text.split('\n');
  return edits
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map((edit) => {
      const line = source.getLineAndCharacterOfPosition(edit.start).line + 1;
      return { file, line, text: lines[line - 1]!.trim(), ...edit };
    });
}

/** 'a < b -> a <= b', in one line. */
export function describe({ was, becomes }: Pick<Mutation, 'was' | 'becomes'>): string {
  const short = (text: string) => {
    const line = text.replace(/\s+/g, ' ');
    return line.length > 44 ? `${line.slice(0, 41)}...` : line;
  };
  return `${short(was)} -> ${short(becomes)}`;
}

/** The source with one change. */
export function applied(text: string, { start, end, becomes }: Mutation): string {
  return text.slice(0, start) + becomes + text.slice(end);
}

/** What is no code that runs: types, imports, assertions, the texts of errors. */
function says(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
    return true;
  if (ts.isImportDeclaration(node) || ts.isDecorator(node) || ts.isTemplateExpression(node))
    return true;
  return ts.isCallExpression(node) && ASSERTIONS.test(node.expression.getText());
}

function editsAt(node: ts.Node, source: ts.SourceFile): Edit[] {
  const place = (of: ts.Node) => ({ start: of.getStart(source), end: of.end });
  const edit = (kind: Kind, of: ts.Node, becomes: string): Edit => ({
    ...place(of),
    kind,
    was: of.getText(source),
    becomes,
  });
  if (ts.isBinaryExpression(node)) {
    const { operatorToken } = node;
    if (operatorToken.kind === K.PlusToken && (isText(node.left) || isText(node.right))) return [];
    const others = BINARY.get(operatorToken.getText(source)) ?? [];
    return others.map((other) => edit('operator', operatorToken, other));
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
    return unary(node, source, edit);
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return numbers(node, edit);
  if (node.kind === K.TrueKeyword) return [edit('constant', node, 'false')];
  if (node.kind === K.FalseKeyword) return [edit('constant', node, 'true')];
  if (ts.isExpressionStatement(node)) return droppable(node) ? [edit('dropped', node, ';')] : [];
  if (ts.isIfStatement(node)) return branches(node, source, edit);
  if (ts.isWhileStatement(node) || ts.isDoStatement(node))
    return negated(node.expression, source, edit);
  if (ts.isForStatement(node) && node.condition) return negated(node.condition, source, edit);
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [node.whenTrue.getText(source), node.whenFalse.getText(source)];
    return [edit('swapped', node, `${node.condition.getText(source)} ? ${no} : ${yes}`)];
  }
  return [];
}

/** What is added to a text makes a text. */
function isText(node: ts.Expression): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

type MakeEdit = (kind: Kind, of: ts.Node, becomes: string) => Edit;

function unary(
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
  source: ts.SourceFile,
  edit: MakeEdit,
): Edit[] {
  const operator = ts.tokenToString(node.operator)!;
  const other = UNARY.get(operator);
  if (other === undefined) return [];
  const operand = node.operand.getText(source);
  const becomes = ts.isPrefixUnaryExpression(node) ? other + operand : operand + other;
  return [edit('operator', node, becomes)];
}

/** One more; and one less where that is another number of the same sign. */
function numbers(node: ts.NumericLiteral | ts.BigIntLiteral, edit: MakeEdit): Edit[] {
  const suffix = ts.isBigIntLiteral(node) ? 'n' : '';
  const text = node.text.replace(/n$/, '').replaceAll('_', '');
  if (!/^(0[xob])?[\da-f]+$/i.test(text)) return [edit('constant', node, `(${text} + 1)`)];
  const value = BigInt(text);
  const others = value > 1n ? [value + 1n, value - 1n] : [value + 1n];
  return others.map((other) => edit('constant', node, `${other}${suffix}`));
}

function droppable(node: ts.ExpressionStatement): boolean {
  const { expression } = node;
  if (ts.isStringLiteral(expression)) return false;
  const call = ts.isCallExpression(expression) ? expression.expression : undefined;
  return !call || (call.kind !== K.SuperKeyword && !ASSERTIONS.test(call.getText()));
}

function branches(node: ts.IfStatement, source: ts.SourceFile, edit: MakeEdit): Edit[] {
  const conditions = negated(node.expression, source, edit);
  const other = node.elseStatement;
  if (!other) return [...conditions, edit('dropped', node, ';')];
  // With `else if` behind it, a swap is the negated condition.
  if (ts.isIfStatement(other)) return conditions;
  const [yes, no] = [node.thenStatement.getText(source), other.getText(source)];
  const swapped = `if (${node.expression.getText(source)}) ${no} else ${yes}`;
  return [edit('swapped', node, swapped)];
}

/** Where another operator does not do the same. */
function negated(condition: ts.Expression, source: ts.SourceFile, edit: MakeEdit): Edit[] {
  if (ts.isPrefixUnaryExpression(condition)) return [];
  if (ts.isBinaryExpression(condition) && /^[!=]==?$/.test(condition.operatorToken.getText()))
    return [];
  return [edit('negated', condition, `!(${condition.getText(source)})`)];
}
