import type {
  GcReply,
  ImageDetailsJson,
  ListReply,
  PinReply,
  RemoveReply,
  StatsReply,
  UpstreamsReply,
  UsageReply,
  VerifyReply,
  WarmBody,
  WarmEvent,
} from '../schemas/control.ts'

/**
 * What those who run a cache do with it. Behind it is a running server, or a storage that no server has. Images
 * are named as people write them. Every method rejects with ControlError for what was asked wrongly or is not
 * there.
 */
export interface CacheControl {
  list(options: { readonly limit: number; readonly after?: string }): Promise<ListReply>
  show(image: string): Promise<ImageDetailsJson>
  remove(image: string): Promise<RemoveReply>
  pin(image: string): Promise<PinReply>
  unpin(image: string): Promise<PinReply>
  gc(options: { readonly dryRun: boolean }): Promise<GcReply>
  usage(): Promise<UsageReply>
  /** What was pulled since the day of then, in UTC. What ended within the last seconds is not in it yet. */
  stats(options: { readonly sinceMs: number }): Promise<StatsReply>
  /**
   * Hashes again everything that is kept; takes hours where much is.
   * @param signal stops it
   */
  verify(options: { readonly repair: boolean }, signal?: AbortSignal): Promise<VerifyReply>
  /** How the upstreams do, and what they still let us pull. A storage that no server has knows little of it. */
  upstreams(): Promise<UpstreamsReply>
  /**
   * Brings images into the cache, one after the other. Images that cannot be had are told by their events.
   * @param signal stops it; downloads that are running go on in a running server
   */
  warm(order: WarmBody, onEvent: (event: WarmEvent) => void, signal: AbortSignal): Promise<void>
}
