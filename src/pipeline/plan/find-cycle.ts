/**
 * A way from a job back to itself.
 * @param needs by job; names that are no keys have none
 * @returns the jobs in order, the first one again at the end
 */
export function findCycle(needs: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  for (const start of needs.keys()) {
    // The way from the start to here, with what is still to be looked at of each. No recursion: it may be long.
    const way = [{ job: start, rest: [...(needs.get(start) ?? [])] }]
    const onWay = new Set([start])
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      const next = here.rest.shift()
      if (next === undefined) {
        done.add(here.job)
        onWay.delete(here.job)
        way.pop()
      } else if (onWay.has(next)) {
        const jobs = way.map(({ job }) => job)
        return [...jobs.slice(jobs.indexOf(next)), next]
      } else if (!done.has(next)) {
        way.push({ job: next, rest: [...(needs.get(next) ?? [])] })
        onWay.add(next)
      }
    }
  }
  return undefined
}
