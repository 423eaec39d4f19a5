import type { Header } from 'tar-stream'

/** What is known of an entry that is written; the rest is as for a file of root's. */
export type TarHeader = Partial<Header> & Pick<Header, 'name'>
