/** A promise that a test settles by hand: what `hold` waits for. */
export interface Gate {
  readonly promise: Promise<void>
  open(): void
}

export function makeGate(): Gate {
  let open: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open: () => open() }
}
