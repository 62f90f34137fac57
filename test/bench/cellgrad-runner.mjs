// Cellgrad's side of the training benchmark, written as a user would.
import { currentBackend, manualSeed, nn, optim, randint, randn } from "../../dist/src/index.js"
import { serve } from "./workloads.mjs"

manualSeed(0)

function makeStep({ sizes, batch, loss }) {
  const layers = sizes.slice(1).flatMap((size, index) => [new nn.Linear(sizes[index], size), new nn.ReLU()])
  const model = new nn.Sequential(...layers.slice(0, -1))
  const criterion = loss === "mse" ? new nn.MSELoss() : new nn.CrossEntropyLoss()
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
  const x = randn([batch, sizes[0]])
  const y = loss === "mse" ? randn([batch, 1]) : randint(0, sizes.at(-1), [batch])
  return () => {
    optimizer.zeroGrad()
    criterion(model(x), y).backward()
    optimizer.step()
  }
}

await serve(`cellgrad (${currentBackend().name})`, makeStep)
