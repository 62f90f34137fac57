/** The notebook that the client tests run. */
export const feedForward = "01-feed-forward.ipynb"

/** What one epoch of the notebook printed. */
export interface Epoch {
  readonly epoch: number
  readonly train: number
  readonly val: number
}

/** The losses that the notebook's training cell prints, one line an epoch. */
export function epochsIn(text: string): Epoch[] {
  return [...text.matchAll(/^epoch +(\d+) +train +([\d.]+) +val +([\d.]+)$/gm)].map(([, epoch, train, val]) => ({
    epoch: Number(epoch),
    train: Number(train),
    val: Number(val),
  }))
}
