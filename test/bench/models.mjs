// The models of the training benchmark that are more than linear layers, written as a user would; torch_workloads.py has
// the same in PyTorch.
import { arange, F, nn } from "../../dist/src/index.js"

/** Two convolutions with pooling, for images of 28 x 28. */
export const cnn = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(32 * 7 * 7, 10),
  )

class Block extends nn.Module {
  constructor(size, heads) {
    super()
    this.heads = heads
    this.norm1 = new nn.LayerNorm(size)
    this.norm2 = new nn.LayerNorm(size)
    this.qkv = new nn.Linear(size, 3 * size)
    this.project = new nn.Linear(size, size)
    this.fc1 = new nn.Linear(size, 4 * size)
    this.fc2 = new nn.Linear(4 * size, size)
  }

  forward(x) {
    const { B, T, D } = x.dims("B T D")
    const [q, k, v] = this.qkv(this.norm1(x))
      .split(D, 2)
      .map((part) => part.reshape(B, T, this.heads, D / this.heads).transpose(1, 2)) // [B, heads, T, D / heads]
    const attended = F.scaledDotProductAttention(q, k, v, { isCausal: true })
    x = x.add(this.project(attended.transpose(1, 2).reshape(B, T, D)))
    return x.add(this.fc2(F.gelu(this.fc1(this.norm2(x)))))
  }
}

/** A small GPT over characters. */
export class GPT extends nn.Module {
  constructor({ size, heads, layers, context, vocabulary }) {
    super()
    this.tokens = new nn.Embedding(vocabulary, size)
    this.positions = new nn.Embedding(context, size)
    this.blocks = new nn.Sequential(...Array.from({ length: layers }, () => new Block(size, heads)))
    this.norm = new nn.LayerNorm(size)
    this.head = new nn.Linear(size, vocabulary, { bias: false })
  }

  forward(tokens) {
    const x = this.tokens(tokens).add(this.positions(arange(tokens.size(1)))) // [B, T, D]
    return this.head(this.norm(this.blocks(x)))
  }
}

/** A classifier of sequences by the last state of an LSTM. */
export class SequenceClassifier extends nn.Module {
  constructor(inputs, hidden, classes) {
    super()
    this.lstm = new nn.LSTM(inputs, hidden, { batchFirst: true })
    this.head = new nn.Linear(hidden, classes)
  }

  forward(x) {
    const [states] = this.lstm(x) // [N, L, hidden]
    return this.head(states.select(1, -1))
  }
}
