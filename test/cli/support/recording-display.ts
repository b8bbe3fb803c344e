import type { Display } from '../../../cli/share';

/** A display that keeps what would be seen. */
export interface RecordingDisplay extends Display {
  /** What went to standard output. */
  readonly printed: string[];
  /** What a person was told, and what was shown as a QR code behind `QR`. */
  readonly told: string[];
  /** Forgets all of it. */
  clear(): void;
}

export function recordingDisplay(): RecordingDisplay {
  const printed: string[] = [];
  const told: string[] = [];
  return {
    printed,
    told,
    async print(text): Promise<void> {
      printed.push(text);
    },
    tell: (sentence) => void told.push(sentence),
    showProgress: () => ({ add: () => {}, stop: () => {} }),
    showQrCode: (text) => void told.push(`QR ${text}`),
    clear(): void {
      printed.length = 0;
      told.length = 0;
    },
  };
}
