import { styleText } from 'node:util'
import type { Output } from './context.ts'

export type Paint = (text: string) => string

export interface Palette {
  readonly dim: Paint
  readonly bold: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly green: Paint
  /** To tell several things apart; the number goes round. */
  readonly nth: (index: number) => Paint
}

const TELLING_APART = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const

/** Colours, where they are wanted: see wantsColour. */
export function paletteFor(output: Output, env: NodeJS.ProcessEnv): Palette {
  return paletteOf(wantsColour(output, env))
}

export function paletteOf(isColourful: boolean): Palette {
  const paint = (format: Parameters<typeof styleText>[0]): Paint =>
    isColourful ? (text) => styleText(format, text, { validateStream: false }) : (text) => text
  return {
    dim: paint('dim'),
    bold: paint('bold'),
    red: paint('red'),
    yellow: paint('yellow'),
    green: paint('green'),
    nth: (index) => paint(TELLING_APART[index % TELLING_APART.length] ?? 'cyan'),
  }
}

/**
 * Whether what is written may have colours, as the environment asks for it: NO_COLOR with any value forbids them,
 * CLICOLOR_FORCE and FORCE_COLOR want them anywhere, CLICOLOR=0 does not want them; else a terminal gets them.
 * Source: no-color.org, bixense.com/clicolors.
 */
export function wantsColour(output: Output, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false
  if ([env.CLICOLOR_FORCE, env.FORCE_COLOR].some((word) => word && word !== '0')) return true
  if (env.CLICOLOR === '0' || env.FORCE_COLOR === '0') return false
  return output.isTTY === true && output.hasColors?.() === true
}
