import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface LogEvent {
  readonly event: string
  readonly level: 'warn' | 'error'
}

const SOURCES = join(import.meta.dirname, '../../src')

/** Every event that the program logs as trouble, read from its source, each pair once and sorted. */
export function findLoggedTrouble(): LogEvent[] {
  const found = new Map<string, LogEvent>()
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const text = readFileSync(join(SOURCES, file), 'utf8')
    if (!/\blog\s*\.(warn|error)\(/.test(text)) continue
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
    for (const entry of troubleIn(source)) found.set(`${entry.event} ${entry.level}`, entry)
  }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? [])
}

function troubleIn(source: ts.SourceFile): LogEvent[] {
  const found: LogEvent[] = []
  const visit = (node: ts.Node): void => {
    const level = ts.isCallExpression(node) ? levelOf(node) : undefined
    if (level !== undefined && ts.isCallExpression(node)) {
      const [fields] = node.arguments
      const events = fields === undefined ? [] : eventsOf(fields, source)
      if (events.length === 0) throw new Error(`${source.fileName}: no event in ${node.getText()}`)
      for (const event of events) found.push({ event, level })
    }
    node.forEachChild(visit)
  }
  visit(source)
  return found
}

/** `log.warn(…)`, `this.#log.error(…)`. */
function levelOf({ expression }: ts.CallExpression): LogEvent['level'] | undefined {
  if (!ts.isPropertyAccessExpression(expression) || !/\blog$/.test(expression.expression.getText()))
    return undefined
  const level = expression.name.text
  return level === 'warn' || level === 'error' ? level : undefined
}

/** What `event` may be in an object: written in it, brought by a spread, or in a variable of the same file. */
function eventsOf(fields: ts.Expression, source: ts.SourceFile): string[] {
  if (ts.isIdentifier(fields))
    return initialValues(fields.text, source).flatMap((value) => eventsOf(value, source))
  if (!ts.isObjectLiteralExpression(fields)) return []
  const own = fields.properties.flatMap((property) => {
    if (property.name?.getText() !== 'event') return []
    if (ts.isPropertyAssignment(property)) return stringsOf(property.initializer, source)
    return ts.isShorthandPropertyAssignment(property) ? stringsOf(property.name, source) : []
  })
  if (own.length > 0) return own
  return fields.properties.flatMap((property) =>
    ts.isSpreadAssignment(property) ? eventsOf(property.expression, source) : [],
  )
}

function stringsOf(value: ts.Expression, source: ts.SourceFile): string[] {
  if (ts.isStringLiteral(value)) return [value.text]
  if (ts.isConditionalExpression(value))
    return [value.whenTrue, value.whenFalse].flatMap((branch) => stringsOf(branch, source))
  if (!ts.isIdentifier(value)) return []
  return initialValues(value.text, source).flatMap((initial) => stringsOf(initial, source))
}

function initialValues(name: string, source: ts.SourceFile): ts.Expression[] {
  const found: ts.Expression[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer)
      found.push(node.initializer)
    node.forEachChild(visit)
  }
  visit(source)
  return found
}
