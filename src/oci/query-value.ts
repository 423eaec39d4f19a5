import { OciError } from './errors.ts'

/**
 * The values of a query parameter, decoded, in their order. A plus is a plus: media types have one, and what is
 * written here never has a space.
 * @throws OciError NAME_INVALID for wrong percent-encoding
 */
export function queryValues(query: string, name: string): string[] {
  const prefix = `${name}=`
  return query
    .split('&')
    .filter((parameter) => parameter.startsWith(prefix))
    .map((parameter) => decode(parameter.slice(prefix.length), name))
}

function decode(value: string, name: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch (error) {
    throw new OciError('NAME_INVALID', `the query has a ${name} that is wrongly percent-encoded`, {
      cause: error,
    })
  }
}
