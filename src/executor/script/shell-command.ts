/** Where images have their shells, the richer ones first. */
const SHELLS = [
  '/usr/local/bin/bash',
  '/usr/bin/bash',
  '/bin/bash',
  '/usr/local/bin/sh',
  '/usr/bin/sh',
  '/bin/sh',
  '/busybox/sh',
]

/** What is said by an image without a shell, and how it ends. */
export const NO_SHELL = { text: 'shell not found', exitCode: 1 } as const

/**
 * The command of a build container: becomes the best shell that the image has, which then reads the script from its
 * standard input. One line, for entrypoints that put their arguments together again.
 * @param isLogin reads /etc/profile and its like
 */
export function shellCommand({ isLogin = false } = {}): readonly string[] {
  const tries = SHELLS.map((shell, index) => {
    const word = index === 0 ? 'if' : 'elif'
    return `${word} [ -x ${shell} ]; then exec ${shell}${isLogin ? ' -l' : ''};`
  })
  return ['sh', '-c', `${tries.join(' ')} else echo ${NO_SHELL.text}; exit ${NO_SHELL.exitCode}; fi`]
}
