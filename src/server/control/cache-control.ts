import type {
  GcReply,
  ImageDetailsJson,
  ListReply,
  PinReply,
  RemoveReply,
  UsageReply,
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
  /**
   * Brings images into the cache, one after the other. Images that cannot be had are told by their events.
   * @param signal stops it; downloads that are running go on in a running server
   */
  warm(order: WarmBody, onEvent: (event: WarmEvent) => void, signal: AbortSignal): Promise<void>
}
