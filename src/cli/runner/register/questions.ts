import { untilAborted } from '../../../until-aborted.ts'
import type { CliContext } from '../../context.ts'
import { RunnerRefused } from '../runner-refused.ts'

/** Nobody types more. */
const MAX_ANSWER_LENGTH = 64 * 1024

export interface Question {
  /** The flag that answers it. */
  readonly flag: string
  readonly prompt: string
  /** What an empty answer means. */
  readonly given: string
  readonly mayBeEmpty?: boolean
}

/** Asks on standard error, and takes each line of standard input for an answer; or asks nothing. */
export class Questions implements AsyncDisposable {
  readonly #context: Pick<CliContext, 'stdin' | 'stderr'>
  readonly #isInteractive: boolean
  readonly #signal: AbortSignal
  #input: AsyncIterator<Buffer | string> | undefined
  #read = ''

  /** @param signal ends a wait for an answer */
  constructor(context: Pick<CliContext, 'stdin' | 'stderr'>, isInteractive: boolean, signal: AbortSignal) {
    this.#context = context
    this.#isInteractive = isInteractive
    this.#signal = signal
  }

  /**
   * Asks until there is an answer. A script whose input is over gives what was given already.
   * @throws RunnerRefused when there is none; the signal's reason
   */
  async ask({ flag, prompt, given, mayBeEmpty = false }: Question): Promise<string> {
    if (!this.#isInteractive) {
      if (given === '' && !mayBeEmpty)
        throw new RunnerRefused(`The ${flag} needs to be entered: pass --${flag}`)
      return given
    }
    for (;;) {
      this.#context.stderr.write(`${prompt}\n${given === '' ? '' : `[${given}]: `}`)
      const line = await this.#nextLine()
      const answer = line?.trim() || given
      if (answer !== '' || (mayBeEmpty && line !== undefined)) return answer
      if (line === undefined) {
        throw new RunnerRefused(
          `Unexpected EOF. Did you mean to use --non-interactive? The ${flag} is not known: pass --${flag}`,
        )
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A read that is pending would be waited for.
    if (!this.#signal.aborted) await this.#input?.return?.()
  }

  /** @returns undefined at the end of the input */
  async #nextLine(): Promise<string | undefined> {
    this.#input ??= this.#context.stdin[Symbol.asyncIterator]()
    for (;;) {
      const end = this.#read.indexOf('\n')
      if (end !== -1) {
        const line = this.#read.slice(0, end)
        this.#read = this.#read.slice(end + 1)
        return line
      }
      if (this.#read.length > MAX_ANSWER_LENGTH)
        throw new RunnerRefused('the answer on standard input has no end')
      const { done, value } = await untilAborted(this.#input.next(), this.#signal)
      if (done) {
        const rest = this.#read
        this.#read = ''
        return rest === '' ? undefined : rest
      }
      this.#read += value.toString()
    }
  }
}
