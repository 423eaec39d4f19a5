import type { Palette } from '../palette.ts'
import { wrap } from '../wrap.ts'
import type { Connection, ConnectionFile } from './target.ts'

const MAX_NOTE_COLUMNS = 100

/** For people: what is to be pasted stands at the margin, as it has to be. */
export function renderConnection(
  { files, commands, check, notes }: Connection,
  paint: Palette,
  columns: number,
): string {
  const sections = [
    ...files.map((file) => section(headOf(file), file.text.trimEnd(), paint)),
    ...(commands.length === 0 ? [] : [section('Run', commands.join('\n'), paint)]),
    section('Check', check, paint),
    `${paint.bold('Good to know')}\n${notes.flatMap((note) => wrap(note, Math.min(columns, MAX_NOTE_COLUMNS), '- ')).join('\n')}\n`,
  ]
  return sections.join('\n')
}

function headOf({ path, kind }: ConnectionFile): string {
  return kind === 'whole' ? `The file ${path}` : `In ${path}, beside what is there`
}

function section(head: string, text: string, paint: Palette): string {
  return `${paint.bold(head)}\n\n${text}\n`
}
