export { type ColumnType, isMissing } from "./columns.js"
export { type CsvOptions, readCsv } from "./csv.js"
export { type CsvWriteOptions, toCsv, writeCsv } from "./csv-writer.js"
export { DataLoader, type DataLoaderOptions } from "./data-loader.js"
export {
  type BatchedDataset,
  type Collated,
  ConcatDataset,
  collate,
  type Dataset,
  MappedDataset,
  randomSplit,
  StackDataset,
  Subset,
  TensorDataset,
} from "./dataset.js"
export { ColumnError, ReadError } from "./errors.js"
export { type Aggregation, Groups } from "./groups.js"
export { ChainDataset, IterableDataset } from "./iterable-dataset.js"
export { readJson, toJson, writeJson } from "./json.js"
export { toParquet, writeParquet } from "./parquet-writer.js"
export { type ReadOptions, readTable, type TableFormat } from "./read-table.js"
export type { ColumnName } from "./row-types.js"
export {
  BatchSampler,
  RandomSampler,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from "./samplers.js"
export { type ColumnScale, type RangeScale, Scaler, type StandardScale } from "./scaler.js"
export { SeriesWindows } from "./series-windows.js"
export type { ColumnSummary, Statistic } from "./summary.js"
export { Table } from "./table.js"
export { dataLoader, TableDataset, type TableLoaderOptions } from "./table-loader.js"
export { type TableSource, toTable } from "./to-table.js"
export { writeTable } from "./write-table.js"
