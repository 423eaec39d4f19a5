import { readFileSync } from 'node:fs'
import ts from 'typescript'

const DECLARING = new Set(['test', 'describe', 'describeWith'])

/** The names of the tests and suites that a file declares, placeholders of tables as they are written. */
export function namesOfTests(path: string): ReadonlySet<string> {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && DECLARING.has(rootOf(node.expression))) {
      for (const argument of node.arguments) if (ts.isStringLiteralLike(argument)) names.add(argument.text)
    }
    node.forEachChild(visit)
  }
  visit(source)
  return names
}

/** `test` of `test`, `test.concurrent` and `test.each(rows)`. */
function rootOf(callee: ts.Expression): string {
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return rootOf(callee.expression)
  return callee.getText()
}
