/** `main` for `refs/heads/main`, as some servers send it. Refs that are neither branch nor tag stay as they are. */
export function bareRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '')
}
