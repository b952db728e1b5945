/** What a container uses. Cumulative but for memory; what the source does not tell is absent. */
export interface Usage {
  readonly cpuSeconds: number;
  /** By the rule of `docker stats`, and of what `docker stats` takes for the limit. */
  readonly memoryPercent: number;
  readonly networkIn?: number;
  readonly networkOut?: number;
  readonly blockIn?: number;
  readonly blockOut?: number;
}
