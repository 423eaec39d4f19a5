/** What a scrape is answered with. */
export interface MetricsText {
  readonly contentType: string
  /** The text format of Prometheus. */
  render(): Promise<string>
}
