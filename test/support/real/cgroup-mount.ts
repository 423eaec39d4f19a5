import { readFileSync } from 'node:fs'

/** Where the unified hierarchy of control groups is on this machine. Source: proc(5), /proc/pid/mountinfo. */
export function cgroupMount(): string | undefined {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.find((line) => / - cgroup2 /.test(line))?.split(' ')[4]
}
