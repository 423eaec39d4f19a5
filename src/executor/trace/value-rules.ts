import type { ValueRule } from './value-mask.ts'

/** Of GitLab's personal access tokens; a server names others. */
const ALWAYS_MASKED = 'glpat-'

/** Parameters of URLs that let in whoever has them: of GitLab, and of storage that signs its URLs. */
const SECRET_PARAMETERS = [
  'private_token',
  'authenticity_token',
  'rss_token',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
]

/** @param prefixes of tokens, as the server names them */
export function tokenRule(prefixes: readonly string[]): ValueRule {
  return {
    markers: [...new Set([ALWAYS_MASKED, ...prefixes])],
    ignoresCase: false,
    continues: (byte) => /[A-Za-z0-9_.-]/.test(String.fromCharCode(byte)),
  }
}

export const urlParameterRule: ValueRule = {
  markers: SECRET_PARAMETERS.flatMap((name) => [`?${name}=`, `&${name}=`]),
  ignoresCase: true,
  continues: (byte) => !/[\s&"'<>`#\0]/.test(String.fromCharCode(byte)),
}
