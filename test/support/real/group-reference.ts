/** How an engine names an image behind the prefix of group `default`. */
export function groupReference(address: string, image: string): string {
  return `${address}/default/dependency_proxy/containers/${image}`
}
