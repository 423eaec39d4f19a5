/**
 * The path of a project in the URL of its repository, for servers that do not say it apart (before 17.6).
 * @returns `acme/shop`; empty for what is no URL
 */
export function repositoryPath(url: string): string {
  if (!URL.canParse(url)) return ''
  return new URL(url).pathname.replace(/^\/+/, '').replace(/\.git$/, '')
}
