/** How a host gives and takes objects and files. */
export interface Settings {
  /** The folder in which files are taken; none without it. */
  readonly files?: string | undefined;
  readonly chunkBytes: number;
  readonly window: number;
  readonly inFlight: number;
  readonly stallTimeout: number;
}

export const mebibyte = 1024 * 1024;

export const defaults: Settings = {
  chunkBytes: mebibyte,
  window: 16,
  inFlight: 64 * mebibyte,
  stallTimeout: 30_000,
};
