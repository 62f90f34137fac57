import { expect, test } from "vitest"
import { dataLoader, datasets, manualSeed, nn, noGrad, optim, type Tensor } from "../../src/index.js"

class FeedForwardNN extends nn.Module {
  fc1: nn.Linear
  fc2: nn.Linear
  fc3: nn.Linear

  constructor(inputDim = 10, hiddenDim = 64) {
    super()
    this.fc1 = new nn.Linear(inputDim, hiddenDim)
    this.fc2 = new nn.Linear(hiddenDim, hiddenDim)
    this.fc3 = new nn.Linear(hiddenDim, 1)
  }

  forward(x: Tensor): Tensor {
    x = this.fc1(x).relu()
    x = this.fc2(x).relu()
    return this.fc3(x)
  }
}

test("the cars notebook trains", () => {
  manualSeed(42)
  const table = datasets
    .cars()
    .dropMissing()
    .withColumn("Model_year", (car) => new Date(String(car.Year)).getUTCFullYear())
    .withColumn("Power_per_lb", (car) => car.Horsepower / car.Weight_in_lbs)
    .oneHot("Origin")
    .drop("Name", "Year")
    .rename({ Miles_per_Gallon: "target" })
  const [trainTable, valTable] = table.trainTestSplit({ testSize: 0.2, seed: 42 })
  const { table: train, scaler } = trainTable.standardize()
  const val = scaler.transform(valTable)
  const loader = dataLoader(train, "target", { batchSize: 32, shuffle: true })
  const valLoader = dataLoader(val, "target", { batchSize: val.numRows })
  const [x, y] = loader.first()
  expect(x.shape).toEqual([32, 10])
  expect(y.shape).toEqual([32, 1])
  const model = new FeedForwardNN(10, 64)
  const criterion = new nn.MSELoss()
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
  const losses: number[] = []
  for (let epoch = 1; epoch <= 10; epoch++) {
    let sum = 0
    for (const [x, y] of loader) {
      const loss = criterion(model(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      sum += loss.item() * y.size(0)
    }
    losses.push(sum / train.numRows)
  }
  console.log(losses)
  const [xVal, yVal] = valLoader.first()
  const predicted = noGrad(() => model(xVal))
  expect(scaler.inverse("target", yVal).tolist()).toHaveLength(79)
  expect(criterion(predicted, yVal).item()).toBeLessThan(0.3)
  // @ts-expect-error a column that is not there does not compile
  expect(() => dataLoader(train, "taget")).toThrow('did you mean "target"?')
})
