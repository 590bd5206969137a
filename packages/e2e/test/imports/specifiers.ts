import { parseSync } from 'vite';

type Node = { readonly type: string; readonly [field: string]: unknown };

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string';

/** The string or the constant template that a node stands for. */
function constant(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral') {
    const quasis = node.quasis as readonly { value: { cooked: string } }[];
    return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
  }
  if (node.type === 'TSLiteralType') return constant(node.literal);
  return undefined;
}

/** `require`, `require.resolve`, `import.meta.resolve`. */
function loads(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === 'Identifier') return callee.name === 'require';
  const { object, property } = callee as { object?: Node; property?: Node };
  return property?.name === 'resolve' && (object?.type === 'MetaProperty' || object?.name === 'require');
}

/** Everything a module names as another module: imports, re-exports, dynamic imports, types, `require`. */
export function specifiersOf(file: string, text: string): string[] {
  const { program, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file} cannot be parsed: ${error.message}`);
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isNode(value)) return;
    const source = value.type === 'CallExpression' && loads(value.callee) ? (value.arguments as unknown[])[0] : (value.source ?? undefined);
    const specifier = constant(source);
    if (specifier !== undefined) found.add(specifier);
    Object.values(value).forEach(visit);
  };
  visit(program);
  return [...found];
}
