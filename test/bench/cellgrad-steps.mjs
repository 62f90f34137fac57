// Cellgrad's side of the training workloads, written as a user would.
import { F, manualSeed, nn, optim, randint, randn } from "../../dist/src/index.js"
import { cnn, GPT, SequenceClassifier } from "./models.mjs"

/** The function that does one training step with Adam. */
function training(model, criterion, x, y) {
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
  const step = () => {
    optimizer.zeroGrad()
    criterion(model(x), y).backward()
    optimizer.step()
  }
  step.loss = () => criterion(model(x), y).item()
  return step
}

function linearLayers({ sizes, batch, loss }) {
  const layers = sizes.slice(1).flatMap((size, index) => [new nn.Linear(sizes[index], size), new nn.ReLU()])
  const model = new nn.Sequential(...layers.slice(0, -1))
  const criterion = loss === "mse" ? new nn.MSELoss() : new nn.CrossEntropyLoss()
  const x = randn([batch, sizes[0]])
  const y = loss === "mse" ? randn([batch, 1]) : randint(0, sizes.at(-1), [batch])
  return training(model, criterion, x, y)
}

const models = {
  cnn: ({ batch }) => training(cnn(), F.crossEntropy, randn([batch, 1, 28, 28]), randint(0, 10, [batch])),
  gpt: ({ batch, ...sizes }) => {
    const { context, vocabulary } = sizes
    const [x, y] = [randint(0, vocabulary, [batch, context]), randint(0, vocabulary, [batch, context])]
    const criterion = (scores, next) => F.crossEntropy(scores.reshape(-1, vocabulary), next.reshape(-1))
    return training(new GPT(sizes), criterion, x, y)
  },
  lstm: ({ batch, steps, inputs, hidden, classes }) =>
    training(
      new SequenceClassifier(inputs, hidden, classes),
      F.crossEntropy,
      randn([batch, steps, inputs]),
      randint(0, classes, [batch]),
    ),
}

/** The function that does one training step of a workload, always from the same start; its `loss()` tells how far it is. */
export function makeStep(workload) {
  manualSeed(0)
  return (models[workload.model] ?? linearLayers)(workload)
}
